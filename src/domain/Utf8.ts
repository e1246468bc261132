/**
 * Text as its UTF-8 bytes, where they stand: a view of a record that costs nothing until somebody needs the string. Two are the same text exactly where their bytes are the same, since all
 * are well-formed.
 */

/** The bytes in [start, end). Not to be kept beyond the batch whose bytes they are. */
export interface Utf8 {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Well-formed text as its bytes. */
export const utf8Of = (text: string): Utf8 => {
  const bytes = encoder.encode(text)
  return { bytes, start: 0, end: bytes.length }
}

export const textOf = ({ bytes, end, start }: Utf8): string => decoder.decode(bytes.subarray(start, end))
