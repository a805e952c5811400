/** Where the contract's finished files lie. */
import { find, type Job, type Jobs } from './jobs.ts'
import { elsewhere } from './media-files.ts'

/** The addresses that a job's answers carry. */
export function mediaUrls(job: Job, mediaUrl: string): { video: string; thumbnail: string } {
  const isElsewhere = find(job.effects, 'file')?.defect === 'elsewhere'
  return {
    video: isElsewhere ? elsewhere : `${mediaUrl}/videos/generated_${job.id}.mp4`,
    thumbnail: `${mediaUrl}/thumbnails/thumb_${job.id}.jpg`,
  }
}

export function findMedia(url: string, jobs: Jobs): { readonly job: Job; readonly isVideo: boolean } | null {
  const path = url.split('?', 1)[0]!
  const match = /^\/(videos\/generated|thumbnails\/thumb)_([\w-]{1,128})\.(mp4|jpg)$/.exec(path)
  const isVideo = match?.[3] === 'mp4'
  const job = match && isVideo === match[1]!.startsWith('videos') ? jobs.get(match[2]!) : undefined
  return job ? { job, isVideo } : null
}
