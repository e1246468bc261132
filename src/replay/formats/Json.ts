/** Access to parsed JSON of unknown shape. Nothing throws; what has another type is `undefined`. */

export type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"))
  } catch {
    return undefined
  }
}

/** The value at the end of the path; array indexes are their digits. */
export const at = (value: unknown, ...path: ReadonlyArray<string>): unknown => {
  let found = value
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined
    found = Reflect.get(found, name)
  }
  return found
}

/** Text that is not empty. */
export const textAt = (value: unknown, ...path: ReadonlyArray<string>): string | undefined => {
  const found = at(value, ...path)
  return typeof found === "string" && found !== "" ? found : undefined
}

/** Text that is not empty, or an integer as text. */
export const idAt = (value: unknown, ...path: ReadonlyArray<string>): string | undefined => {
  const found = at(value, ...path)
  return Number.isSafeInteger(found) ? String(found) : textAt(value, ...path)
}

/** A number, or a decimal number as text. */
export const numberAt = (value: unknown, ...path: ReadonlyArray<string>): number | undefined => {
  const found = at(value, ...path)
  const number = typeof found === "string" && /^-?\d{1,20}(\.\d{1,20})?$/.test(found) ? Number(found) : found
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

export const listAt = (value: unknown, ...path: ReadonlyArray<string>): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** An integer of at least 0; 0 for anything else. */
export const countAt = (value: unknown, ...path: ReadonlyArray<string>): number => {
  const found = numberAt(value, ...path)
  return found !== undefined && Number.isSafeInteger(found) && found > 0 ? found : 0
}
