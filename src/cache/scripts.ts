/**
 * What Redis must do in one go. KEYS are always entry, lock, epoch.
 *
 * Whoever makes holds the key's lock with a token of his own and knows the epoch at which he began. He may store only while
 * both still stand: throwing away one key takes its lock away, throwing away by tags takes the epoch away, a lease that ran out
 * gives the lock to another. An epoch is a random word and not a number, so that an emptied Redis cannot come to the same one
 * again; taking it away needs no memory, so a full Redis does it, too.
 *
 * What a script writes first is refused by a full Redis; once it has written, nothing is. So what takes memory comes first.
 */

/** ARGV token, lease ms, epoch to begin where there is none. Answers {'kept', entry}, {'held'} or {'led', epoch}. */
export const take = `
local kept = redis.call('GET', KEYS[1])
if kept then return {'kept', kept} end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return {'held'} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[3], ARGV[3], 'NX')
return {'led', redis.call('GET', KEYS[3])}`

/** ARGV token, epoch, entry (empty: too large, only asks), its time to live in ms. Answers 1 if it may be kept; the lock is free then. */
export const store = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] or redis.call('GET', KEYS[3]) ~= ARGV[2] then return 0 end
if ARGV[3] ~= '' then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
redis.call('DEL', KEYS[2])
return 1`

/** ARGV token. */
export const release = `
if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('DEL', KEYS[2]) end
return 0`

/** ARGV token, lease ms. */
export const renew = `
if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
return 0`

/** ARGV entry (empty: none is to be there), its time to live in ms. Whoever makes now is too late with what he makes. */
export const put = `
if ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) else redis.call('DEL', KEYS[1]) end
redis.call('DEL', KEYS[2])
return 1`
