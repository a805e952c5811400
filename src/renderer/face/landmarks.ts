/**
 * Point numbers of MediaPipe's 468-point face mesh, after its published canonical face model
 * (mediapipe/modules/face_geometry/data/canonical_face_model_uv_visualization.png and python/solutions/face_mesh_connections.py, Apache-2.0).
 * Right and left are the person's own: the right eye lies on the image's left. Iris points (468-477) need another network and are not there.
 */
export const pointCount = 468

/** Corner to corner from the person's right to left, the upper and the lower edge; the first and last points are shared. */
export const innerLips = {
  upper: [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308],
  lower: [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308],
} as const

export const outerLips = {
  upper: [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291],
  lower: [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291],
} as const

export const mouthCorners = { right: 61, left: 291 } as const

/** Lids run from the outer to the inner corner. `crease` is the fold above the upper lid. */
export const rightEye = {
  outerCorner: 33,
  innerCorner: 133,
  upperLid: [33, 246, 161, 160, 159, 158, 157, 173, 133],
  lowerLid: [33, 7, 163, 144, 145, 153, 154, 155, 133],
  crease: [130, 247, 30, 29, 27, 28, 56, 190, 243],
} as const

export const leftEye = {
  outerCorner: 263,
  innerCorner: 362,
  upperLid: [263, 466, 388, 387, 386, 385, 384, 398, 362],
  lowerLid: [263, 249, 390, 373, 374, 380, 381, 382, 362],
  crease: [359, 467, 260, 259, 257, 258, 286, 414, 463],
} as const

/** Outer end to inner end, upper and lower edge. */
export const rightBrow = { upper: [70, 63, 105, 66, 107], lower: [46, 53, 52, 65, 55] } as const
export const leftBrow = { upper: [300, 293, 334, 296, 336], lower: [276, 283, 282, 295, 285] } as const

export const nose = { bridge: [168, 6, 197, 195, 5], tip: 1, base: 2, rightWing: 129, leftWing: 358 } as const
export const chin = 152
export const forehead = 10

/** Just before the ears: their difference in depth tells the yaw. */
export const cheeks = { right: 234, left: 454 } as const

/** The outline, clockwise on screen from the top of the forehead. */
export const faceOval = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
] as const
