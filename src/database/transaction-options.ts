/**
 * Interactive transactions here are a handful of statements. The waits are long because the embedded database runs one
 * transaction at a time: a burst of requests queues up instead of failing.
 */
export const transactionOptions = { maxWait: 30_000, timeout: 15_000 }
