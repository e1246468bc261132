/** Converts bytes in chunks of given sizes, as `replay` does. */
import { Conversion, type Converted, type Missing } from "../../../src/replay/formats/Conversion.ts"
import type { Given } from "../../../src/replay/formats/Format.ts"
import { formatOf } from "../../../src/replay/formats/Registry.ts"
import { HEAD_BYTES } from "../../../src/replay/FileFormat.ts"

export interface Outcome extends Converted {
  readonly lines: ReadonlyArray<string>
  readonly missing: Missing | undefined
}

export const START: Given = {
  stream: "given",
  start: { timeMs: Date.UTC(2026, 2, 14), zoneMs: 0 }
}

/** `undefined` = no known form. The last size repeats. */
export const convert = (
  bytes: Uint8Array | string,
  given: Given = START,
  sizes: ReadonlyArray<number> = [65_536]
): Outcome | undefined => {
  const file = Buffer.from(bytes)
  const head = { bytes: file.subarray(0, HEAD_BYTES), isWhole: file.length < HEAD_BYTES }
  const format = formatOf(head)
  if (format === undefined) return undefined
  const conversion = new Conversion(format, head, given)
  let text = ""
  for (let at = 0, i = 0; at < file.length; i++) {
    const size = Math.max(1, sizes[Math.min(i, sizes.length - 1)] ?? 1)
    text += conversion.push(file.subarray(at, at + size))
    at += size
  }
  text += conversion.end()
  return {
    ...conversion.result,
    lines: text.split("\n").filter((line) => line !== ""),
    missing: conversion.missing
  }
}

/** `TIME STREAM USER: TEXT` of each event; fails for a file in no known form. */
export const spoken = (bytes: Uint8Array | string, given?: Given): ReadonlyArray<string> => {
  const outcome = convert(bytes, given)
  if (outcome === undefined) throw new Error("no known form")
  return outcome.lines.map((line) => {
    const event: Readonly<Record<string, unknown>> = JSON.parse(line)
    const time = new Date(Number(event["timestamp"])).toISOString().replace(".000Z", "")
    return `${time} ${event["stream_id"]} ${event["username"]}: ${event["message"]}`
  })
}
