/** Lines of a file as records. */

/** A byte order mark as UTF-8 has it. */
const MARK = [0xef, 0xbb, 0xbf] as const

/** The line without a byte order mark before it. Editors write one at the beginning of a file; files that were joined have them inside. */
export const withoutMark = (line: Uint8Array): Uint8Array =>
  MARK.every((byte, index) => line[index] === byte) ? line.subarray(MARK.length) : line

export const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === 0x20 || byte === 0x09)
