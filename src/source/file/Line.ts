/** Lines of a file: byte order marks and blanks. */

/** A byte order mark in UTF-8. */
const MARK = [0xef, 0xbb, 0xbf] as const

/**
 * The line without the byte order marks before it. Editors write one at the beginning of a file;
 * concatenated files have them inside, two in a row if one of the files is empty.
 */
export const withoutMark = (line: Uint8Array): Uint8Array => {
  let at = 0
  while (MARK.every((byte, index) => line[at + index] === byte)) at += MARK.length
  return at === 0 ? line : line.subarray(at)
}

export const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === 0x20 || byte === 0x09)
