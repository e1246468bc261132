/**
 * Text as a view of its UTF-8 bytes in a record, which costs nothing until a caller needs the
 * string. All texts are well-formed, so two are equal exactly when their bytes are.
 */
import { outside } from "./Invariant.ts"

/** The bytes in [start, end). Valid only as long as the batch that holds the bytes. */
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

/** How many UTF-16 code units the well-formed text in [start, end) has. */
export const utf16Length = (bytes: Uint8Array, start: number, end: number): number => {
  let units = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? outside()
    // A continuation byte is part of a character; one of four bytes is a pair of surrogates.
    if ((byte & 0xc0) !== 0x80) units += byte < 0xf0 ? 1 : 2
  }
  return units
}

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
