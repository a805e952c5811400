/** 3723004 -> '01:02:03.004'; SubRip has a comma for the point. */
export function clock(ms: number, point: '.' | ',' = '.'): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = String(ms % 1000).padStart(3, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${point}${rest}`
}
