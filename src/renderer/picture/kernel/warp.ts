// AssemblyScript, compiled by scripts/build-kernel.mjs into ../warp-kernel-bytes.ts. Its twin in plain JavaScript is
// ../warp-fallback.ts; both must give the same bytes (tested).
//
// One job: draw blocks of 16 luma pixels x one grid row. Every grid node holds the source position (16.16 fixed point)
// of its destination pixel; positions between nodes are interpolated linearly, pixels bilinearly with 7-bit weights.
// Runs of 8 pixels whose sources lie within 15 columns and 3 rows (nearly all of a smooth warp) need no gather: whole
// rows are loaded and picked apart with one swizzle each. Anything wilder takes the slow path, with the same integers.

const SCRATCH: usize = memory.data(128, 16)

// @ts-ignore decorators are AssemblyScript
@inline
function field(p: usize, index: i32): i32 {
  return load<i32>(p + (index << 2))
}

/** Positions of four pixels of a run (`part` 0: the first four) along its upper grid row, linear between nodes. */
// @ts-ignore
@inline
function spread(at: usize, shift: i32, log: i32, part: i32): v128 {
  if (log == 3) {
    const from = load<i32>(at) >> shift
    const step = ((load<i32>(at + 4) >> shift) - from) >> 3
    return i32x4.add(i32x4.splat(from + ((step * part) << 2)), i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3)))
  }
  if (log == 2) {
    const from = load<i32>(at + (part << 2)) >> shift
    const step = ((load<i32>(at + (part << 2) + 4) >> shift) - from) >> 2
    return i32x4.add(i32x4.splat(from), i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3)))
  }
  const first = load<i32>(at + (part << 3)) >> shift
  const middle = load<i32>(at + (part << 3) + 4) >> shift
  const last = load<i32>(at + (part << 3) + 8) >> shift
  let v = i32x4.replace_lane(i32x4.splat(first), 1, first + ((middle - first) >> 1))
  v = i32x4.replace_lane(v, 2, middle)
  return i32x4.replace_lane(v, 3, middle + ((last - middle) >> 1))
}

// @ts-ignore
@inline
function lowest(v: v128): i32 {
  let m = i16x8.min_s(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7))
  m = i16x8.min_s(m, i8x16.shuffle(m, m, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11))
  m = i16x8.min_s(m, i8x16.shuffle(m, m, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13))
  return i16x8.extract_lane_s(m, 0)
}

/** Eight bilinear samples as u16 lanes. `at` is the lowest row and column of the run. */
// @ts-ignore
@inline
function sample(at: usize, stride: i32, pick: v128, crossing: bool, lower: v128, near: v128, far: v128, down: v128): v128 {
  let top = i8x16.swizzle(v128.load(at), pick)
  let bottom = i8x16.swizzle(v128.load(at + stride), pick)
  if (crossing) {
    const third = i8x16.swizzle(v128.load(at + stride + stride), pick)
    top = v128.bitselect(bottom, top, lower)
    bottom = v128.bitselect(third, bottom, lower)
  }
  const h0 = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(top), near), i16x8.mul(i16x8.extend_high_i8x16_u(top), far))
  const h1 = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(bottom), near), i16x8.mul(i16x8.extend_high_i8x16_u(bottom), far))
  const v = i16x8.add(h0, i16x8.q15mulr_sat_s(i16x8.sub(h1, h0), down))
  return i16x8.shr_u(i16x8.add(v, i16x8.splat(64)), 7)
}

/** The same eight samples for runs that spread too far; positions are read from SCRATCH. */
function sampleSlowly(src: usize, stride: i32): v128 {
  for (let i = 0; i < 8; i++) {
    const x = load<i32>(SCRATCH + (i << 2))
    const y = load<i32>(SCRATCH + 32 + (i << 2))
    const at = src + (y >> 16) * stride + (x >> 16)
    const fx = (x >> 9) & 127
    const fy = (y >> 9) & 127
    const h0 = i32(load<u8>(at)) * (128 - fx) + i32(load<u8>(at + 1)) * fx
    const h1 = i32(load<u8>(at + stride)) * (128 - fx) + i32(load<u8>(at + stride + 1)) * fx
    const v = h0 + (((h1 - h0) * (fy << 8) + 16384) >> 15)
    store<u16>(SCRATCH + 64 + (i << 1), (v + 64) >> 7)
  }
  return v128.load(SCRATCH + 64)
}

// @ts-ignore
@inline
function put(dst: usize, value: v128, alpha: v128, over: bool): void {
  let out = value
  if (over) {
    const weight = i16x8.add(alpha, i16x8.shr_u(alpha, 7))
    const old = v128.load64_zero(dst)
    const keep = i16x8.sub(i16x8.splat(256), weight)
    const sum = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(old), keep), i16x8.mul(value, weight))
    out = i16x8.shr_u(i16x8.add(sum, i16x8.splat(128)), 8)
  }
  v128.store64_lane(dst, i8x16.narrow_i16x8_u(out, out), 0)
}

/** See WarpCall in ../warp-kernel.ts for the fields of the call record at `p`. */
export function warp(p: usize): void {
  const gridX: usize = field(p, 0)
  const gridY: usize = field(p, 1)
  const nodeStride = field(p, 2) << 2
  const modes: usize = field(p, 3)
  const columns = field(p, 4)
  const rows = field(p, 5)
  const gridLog = field(p, 6)
  const shift = field(p, 7)
  const src: usize = field(p, 8)
  const stride = field(p, 9)
  const alpha: usize = field(p, 10)
  const dst: usize = field(p, 11)
  const dstStride = field(p, 12)
  const src2: usize = field(p, 13)
  const dst2: usize = field(p, 14)

  const log = gridLog - shift
  const height = 1 << log
  const runs = 2 >> shift
  const nodesPerBlock = 16 >> gridLog
  const nodesPerRun = 8 >> log
  const one = i16x8.splat(1)
  const mask7 = i32x4.splat(127)
  const full = i16x8.splat(128)

  for (let by = 0; by < rows; by++) {
    for (let bx = 0; bx < columns; bx++) {
      const mode: i32 = load<u8>(modes + by * columns + bx)
      if (mode == 0) continue
      const over = mode == 2
      for (let r = 0; r < runs; r++) {
        const offset: usize = by * nodeStride + ((bx * nodesPerBlock + r * nodesPerRun) << 2)
        const nx = gridX + offset
        const ny = gridY + offset
        // First row of the run and what every row adds: lo holds pixels 0-3, hi 4-7.
        let xlo = spread(nx, shift, log, 0)
        let xhi = spread(nx, shift, log, 1)
        let ylo = spread(ny, shift, log, 0)
        let yhi = spread(ny, shift, log, 1)
        const dxlo = i32x4.shr_s(i32x4.sub(spread(nx + nodeStride, shift, log, 0), xlo), log)
        const dxhi = i32x4.shr_s(i32x4.sub(spread(nx + nodeStride, shift, log, 1), xhi), log)
        const dylo = i32x4.shr_s(i32x4.sub(spread(ny + nodeStride, shift, log, 0), ylo), log)
        const dyhi = i32x4.shr_s(i32x4.sub(spread(ny + nodeStride, shift, log, 1), yhi), log)
        let out: usize = by * height * dstStride + ((bx * runs + r) << 3)
        for (let j = 0; j < height; j++) {
          const xi = i16x8.narrow_i32x4_s(i32x4.shr_s(xlo, 16), i32x4.shr_s(xhi, 16))
          const yi = i16x8.narrow_i32x4_s(i32x4.shr_s(ylo, 16), i32x4.shr_s(yhi, 16))
          // One straight segment has its least value at an end, but for rounding (under 32 / 65536 of a pixel).
          const left = log == 3 ? (min(i32x4.extract_lane(xlo, 0), i32x4.extract_lane(xhi, 3)) - 32) >> 16 : lowest(xi)
          const top = log == 3 ? (min(i32x4.extract_lane(ylo, 0), i32x4.extract_lane(yhi, 3)) - 32) >> 16 : lowest(yi)
          const across = i16x8.sub(xi, i16x8.splat(i16(left)))
          const along = i16x8.sub(yi, i16x8.splat(i16(top)))
          const wild = v128.or(i16x8.gt_s(across, i16x8.splat(14)), i16x8.gt_s(along, one))
          if (v128.any_true(wild)) {
            v128.store(SCRATCH, xlo)
            v128.store(SCRATCH + 16, xhi)
            v128.store(SCRATCH + 32, ylo)
            v128.store(SCRATCH + 48, yhi)
            const a = over ? sampleSlowly(alpha, stride) : one
            put(dst + out, sampleSlowly(src, stride), a, over)
            if (src2) put(dst2 + out, sampleSlowly(src2, stride), a, over)
          } else {
            const far = i16x8.narrow_i32x4_s(v128.and(i32x4.shr_s(xlo, 9), mask7), v128.and(i32x4.shr_s(xhi, 9), mask7))
            const near = i16x8.sub(full, far)
            const fy = i16x8.narrow_i32x4_s(v128.and(i32x4.shr_s(ylo, 9), mask7), v128.and(i32x4.shr_s(yhi, 9), mask7))
            const down = i16x8.shl(fy, 8)
            const pick = i8x16.narrow_i16x8_u(across, i16x8.add(across, one))
            const lower16 = i16x8.eq(along, one)
            const crossing = v128.any_true(lower16)
            const lower = i8x16.narrow_i16x8_s(lower16, lower16)
            const at: usize = top * stride + left
            const a = over ? sample(alpha + at, stride, pick, crossing, lower, near, far, down) : one
            put(dst + out, sample(src + at, stride, pick, crossing, lower, near, far, down), a, over)
            if (src2) put(dst2 + out, sample(src2 + at, stride, pick, crossing, lower, near, far, down), a, over)
          }
          xlo = i32x4.add(xlo, dxlo)
          xhi = i32x4.add(xhi, dxhi)
          ylo = i32x4.add(ylo, dylo)
          yhi = i32x4.add(yhi, dyhi)
          out += dstStride
        }
      }
    }
  }
}
