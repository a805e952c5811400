/** Where things are, for routes and links alike. */
export const api = '/api/v1'

export const videoPath = (id: string) => `${api}/video/${id}`
export const photoPath = (id: string) => `${api}/photos/${id}`
export const voiceSamplePath = (id: string) => `${api}/voices/${id}/sample`
