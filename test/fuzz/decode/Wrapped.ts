/** Values in the wrappings that are removed without a setting, and in near misses of them. */
import type { Random } from "../../harness/Random.ts"
import { bytesOf, utf8 } from "./Bytes.ts"

const IDS = ["\0\0\0\x01", "\0\0\0\0", "\xff\xff\xff\xff", '{"a"', "\0\x01\xe2\x41", "    "] as const
const BAD_PREFIXES = [
  "\0",
  "\0\0\0\0",
  "\x01\0\0\0\x01",
  "\0\0\0\0\x01\0",
  "\0\0\0\0\x01\0\0\0\0\x01",
  " \0\0\0\0\x01"
] as const

const prefixed = (random: Random, value: string): string =>
  random.chance(0.93) ? `\0${random.pick(IDS)}${value}` : `${random.pick(BAD_PREFIXES)}${value}`

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b"
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The characters of well-formed bytes. */
const charactersIn = (bytes: string): string | undefined => {
  try {
    return strict.decode(bytesOf(bytes))
  } catch {
    return undefined
  }
}

/** The value as a text of JSON: bytes as they are, or all characters beyond ASCII as escapes. */
const texted = (random: Random, value: string): string => {
  const characters = random.chance(0.3) ? charactersIn(value) : undefined
  const more = random.pick([0, 0, 0.02, 1])
  let text = ""
  for (const unit of (characters ?? value).split("")) {
    if (unit < " " || unit === '"' || unit === "\\")
      text += random.chance(0.9) ? (SHORT[unit] ?? escaped(unit)) : escaped(unit)
    else if (unit > "\x7f") text += characters === undefined ? unit : escaped(unit)
    else text += more > 0 && random.chance(more) ? escaped(unit) : unit
  }
  return `"${text}"`
}

const SCHEMAS = ["null", "{}", '{"type":"struct","fields":[{"field":"a"}]}', '"x"', "[1]", '{"payload":{}}'] as const

const enveloped = (random: Random, value: string): string => {
  const schema = `"${random.chance(0.95) ? "schema" : random.pick(["Schema", "\\u0073chema", "schem", "schemas"])}":${random.pick(SCHEMAS)}`
  const payload = `"${random.chance(0.95) ? "payload" : random.pick(["paylo\\u0061d", "payloads", "Payload"])}":${value}`
  const members = random.chance(0.5) ? [schema, payload] : [payload, schema]
  if (random.chance(0.05))
    members.splice(random.between(0, 2), 0, random.pick(['"x":1', '"schema":2', '"payload":{}', '"payload":null']))
  if (random.chance(0.03)) members.pop()
  return `${random.pick(["", " "])}{${members.join(random.pick([",", " , "]))}}`
}

const PADS = ["", "", " ", "\n", utf8("\u00a0")] as const

/** The value in some wrappings. */
export const wrapped = (random: Random, value: string): string => {
  let outer = value
  for (let layers = random.pick([1, 1, 1, 2, 2, 3]); layers > 0; layers--) {
    const text = random.chance(0.5)
    outer = text ? texted(random, outer) : enveloped(random, outer)
    if (random.chance(0.02)) outer = random.pick(PADS) + outer + random.pick(PADS)
  }
  if (random.chance(0.3)) outer = value
  return random.chance(0.5) || outer === value ? prefixed(random, outer) : outer
}
