/** One line that redraws itself on a terminal; plain lines, one per new step or tenth, everywhere else. */
const barWidth = 28

export interface ProgressLine {
  /** @param percent 0..100 */
  show(percent: number, label: string): void
  end(): void
}

export function createProgressLine(stream: NodeJS.WriteStream): ProgressLine {
  let lastTenth = -1
  let lastStep = ''
  return {
    show(percent, label) {
      const filled = Math.round((percent / 100) * barWidth)
      const text = `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${String(Math.floor(percent)).padStart(3)} %  ${label}`
      if (stream.isTTY) {
        stream.write(`\r\u001b[2K${text.slice(0, stream.columns - 1)}`)
        return
      }
      const tenth = Math.floor(percent / 10)
      const step = label.replace(/[\d/.].*$/, '')
      if (tenth === lastTenth && step === lastStep) return
      lastTenth = tenth
      lastStep = step
      stream.write(`${text}\n`)
    },
    end() {
      if (stream.isTTY) stream.write('\n')
    },
  }
}
