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

/** How many bytes well-formed text takes. */
export const utf8Length = (text: string): number => {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // A pair of surrogates is 2 code units and 4 bytes.
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) bytes += 2
    else if (code >= 0x80) bytes++
  }
  return bytes
}
