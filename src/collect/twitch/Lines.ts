/**
 * Cuts received bytes into lines of text. Lines may span any number of frames, and a frame may hold
 * any number of lines: only the order of the bytes counts.
 */
import { LineCutter } from "../../source/file/LineCutter.ts"

/**
 * The longest line, in bytes without its end. IRCv3 permits 8,191 bytes of tags and 512 bytes of
 * message. Longer lines would block the process: ircv3's time grows with the square of the blanks.
 * 64 KiB of them take 0.4 s, 16 KiB 0.03 s.
 */
export const MAX_LINE_BYTES = 16_384

export interface Cut {
  /** The complete lines, without their ends, and without empty ones. */
  readonly lines: ReadonlyArray<string>
  /** Complete lines that are longer than {@link MAX_LINE_BYTES}. They are left out. */
  readonly tooLong: number
}

/**
 * Returns the cutter of one connection. It keeps at most one line and one frame. Bytes that are not
 * UTF-8 become U+FFFD. Cost: linear in the bytes.
 */
export const makeLines = (): ((frame: Uint8Array) => Cut) => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  // A line that exceeds the limit is cut behind it.
  const cutter = new LineCutter(MAX_LINE_BYTES + 1)
  return (frame) => {
    const lines: Array<string> = []
    let tooLong = 0
    cutter.push(frame)
    for (let line = cutter.next(); line !== undefined; line = cutter.next()) {
      if (line.length > MAX_LINE_BYTES) tooLong++
      else if (line.length > 0) lines.push(decoder.decode(line))
    }
    return { lines, tooLong }
  }
}
