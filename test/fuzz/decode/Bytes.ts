/** Bytes as strings with a character per byte, since no string holds malformed UTF-8. */

export const utf8 = (text: string): string => Buffer.from(text).toString("latin1")

export const bytesOf = (bytes: string): Uint8Array => Buffer.from(bytes, "latin1")

export const charactersOf = (bytes: Uint8Array, start = 0, end = bytes.length): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end)

/** JSON of ASCII alone. */
export const ascii = (json: string): string =>
  json.replace(/[\u007f-\u00ff]/g, (byte) => `\\u${byte.charCodeAt(0).toString(16).padStart(4, "0")}`)
