/** Numbers and times as JSON texts, in every accepted form and in forms close to it. */
import type { Random } from "../../harness/Random.ts"
import { utf8 } from "./Bytes.ts"

const digits = (random: Random, count: number): string => {
  let text = ""
  while (text.length < count) text += random.between(0, 9)
  return text
}

const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "00",
  "007",
  "1.0",
  "1.5",
  "0.5",
  "-1.5",
  ".5",
  "1.",
  "1e3",
  "1E3",
  "1e+3",
  "1e-3",
  "1000e-3",
  "1e",
  "1e+",
  "+1",
  "--1",
  "1e308",
  "1e309",
  "-1e309",
  "5e-324",
  "2147483646",
  "2147483647",
  "2147483648",
  "2147483649",
  "4294967295",
  "4294967296",
  "4294967297",
  "2.147483647e9",
  "-2147483648",
  "999999999999999",
  "1000000000000000",
  "9007199254740991",
  "9007199254740992",
  "-9007199254740991",
  "18446744073709551615",
  "18446744073709551617",
  "NaN",
  "Infinity",
  "-Infinity",
  "0x10",
  "1_000",
  "1 000"
] as const

export const number = (random: Random): string => {
  switch (random.between(0, 3)) {
    case 0:
      return digits(random, random.between(1, 20))
    case 1:
      return `${random.between(1, 9)}${digits(random, random.between(0, 19))}`
    default:
      return random.pick(NUMBERS)
  }
}

/** How many people watch. */
export const viewers = (random: Random): string => String(random.between(0, random.pick([9, 2000, 2_147_483_647])))

const two = (number: number): string => String(number).padStart(2, "0")

const FRACTIONS = [0, 1, 2, 3, 3, 3, 4, 6, 9, 12] as const

const fraction = (random: Random, mark: string): string => mark + digits(random, random.pick(FRACTIONS))

const ZONES = [
  "Z",
  "Z",
  "Z",
  "",
  "+00:00",
  "-00:00",
  "+01",
  "-12",
  "+05:30",
  "-09:45",
  "+23:59",
  "-23:59",
  "+24:00",
  "+00:60",
  "+1:00",
  "+0100",
  "z",
  " Z",
  "UTC",
  " UTC",
  " UTC",
  "  UTC",
  " utc",
  " UT",
  " UTC ",
  "GMT",
  " GMT",
  "+0000",
  "-0000",
  "+0530",
  " +0100",
  " -09",
  " +01:00",
  "+000",
  "+00000",
  "+2400",
  "+0060",
  "UTC+1",
  "UTC+01:00",
  " Z ",
  "ZZ",
  utf8("\u221201:00")
] as const

const LAST_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** ISO 8601 of any time, possible or not. */
const anyIso = (random: Random): string => {
  const year = random.pick([
    "2026",
    "2026",
    "2024",
    "2000",
    "2099",
    "2100",
    "1999",
    "1900",
    "0099",
    "0100",
    "9999",
    "0000"
  ])
  const month = random.chance(0.9) ? random.between(1, 12) : random.pick([0, 13, 99])
  const lastDay = LAST_DAYS[month - 1] ?? 31
  const day = random.chance(0.4) ? lastDay + random.between(0, 1) : random.pick([0, 1, 1, 9, 15, 15, 29, 30, 32])
  const hour = random.chance(0.9) ? random.between(0, 23) : random.pick([24, 25, 99])
  const minute = random.chance(0.9) ? random.between(0, 59) : random.pick([60, 99])
  const second = random.chance(0.9) ? random.between(0, 59) : random.pick([60, 61, 99])
  const separator = random.chance(0.9) ? "T" : random.pick([" ", "t", "_", "  ", "", "\\u0054"])
  const time = random.chance(0.9)
    ? `:${two(second)}${random.chance(0.6) ? fraction(random, random.chance(0.9) ? "." : random.pick([",", ";", ""])) : ""}`
    : ""
  const zone = random.chance(0.6) ? "Z" : random.pick(ZONES)
  const text = `${year}-${two(month)}-${two(day)}${separator}${two(hour)}:${two(minute)}${time}${zone}`
  if (!random.chance(0.2)) return text
  const at = random.between(0, text.length - 1)
  return text.slice(0, at) + random.pick(["z", "/", ":", "0", "3", "9", "-", " ", "\xc3"]) + text.slice(at + 1)
}

const TIMES = [
  "946684799",
  "946684799.9999994",
  "946684799.9999995",
  "946684800",
  "4102444799",
  "4102444799.9999994",
  "4102444799.9999996",
  "4102444800",
  "946684799999999",
  "946684800000000",
  "946684800000999.9",
  "4102444799999999",
  "4102444799999999.9",
  "4102444800000000",
  "1767225600000000000",
  "1.7672256e9",
  "1767225600.123",
  "1767225600.1239996",
  '"1767225600"',
  '"1767225600.123"',
  '"1767225600.1239996"',
  '"1767225600123456"',
  '"1767225600123456.9"',
  '"1767225600."',
  '".1767225600"',
  '"01767225600"',
  '"-1767225600"',
  '"+1767225600"',
  '"1.7672256e9"',
  '"1767225600 "',
  '"1767225600\\u0030"',
  '"946684799"',
  '"4102444800"',
  '"0"',
  '"0.5"',
  "946684799999",
  "946684800000",
  "4102444799999",
  "4102444800000",
  "946684799999.9",
  "946684800000.0",
  "4102444799999.999",
  "1.7672256e12",
  "17672256e5",
  "1767225600000e0",
  "-1767225600000",
  "01767225600000",
  '"1767225600000"',
  '"2024-02-29T12:00:00Z"',
  '"2026-02-29T12:00:00Z"',
  '"2100-02-29T12:00:00Z"',
  '"2000-02-29T12:00:00Z"',
  '"2026-01-01T24:00:00Z"',
  '"2026-06-30T23:59:60Z"',
  '"1999-12-31T23:59:59.999Z"',
  '"2000-01-01T00:00:00Z"',
  '"2000-01-01T00:00:00+00:01"',
  '"1999-12-31T23:59:59.999-00:01"',
  '"2099-12-31T23:59:59.999999999999Z"',
  '"2099-12-31T23:59:59-00:01"',
  '"2100-01-01T00:00:00Z"',
  '"2026-01-01T00:00Z"',
  '"2026-01-01T00:00"',
  '"2026-01-01T00Z"',
  '"2026-01-01"',
  '"2026-1-01T00:00:00.00Z"',
  '"2026-01-01T00:00:00.Z"',
  '"2026-01-01T00:00:00.1"',
  '"2026-01-01T00:00:00.-1Z"',
  '"2026-01-01T00:00:00,5Z"',
  '"2026-01-01T00:00:00.1234567890123456789012345678901234567890Z"',
  '" 2026-01-01T00:00:00Z"',
  '"2026-01-01T00:00:00Z "',
  '"2026-01-01T00:00:00Z\\n"',
  '"+002026-01-01T00:00:00Z"',
  '"20260101T000000Z"',
  '"2026-01-01T00:00:0/Z"',
  '"2026-01-01T00:00::0Z"',
  `"2026-01-01T00:00:0${utf8("\u0660")}Z"`,
  '"2026\\u002d01-01T00:00:00Z"',
  '"2026-01-01T00:00:00\\u005a"',
  '"Thu, 01 Jan 2026 00:00:00 GMT"',
  '""',
  "null",
  "[1767225600000]",
  "{}"
] as const

export const oddTime = (random: Random): string => {
  switch (random.between(0, 4)) {
    case 0:
      return number(random)
    case 1:
      return random.pick(TIMES)
    case 2:
      // Near the accepted range, whatever the number of digits.
      return `${random.between(9, 41)}${digits(random, random.between(9, 11))}`
    default:
      return `"${anyIso(random)}"`
  }
}

const MINUTE = 60_000

const zoned = (timeMs: number, random: Random): string => {
  const minutes = random.between(0, 1439)
  const sign = random.chance(0.5) ? 1 : -1
  const local = new Date(timeMs + sign * minutes * MINUTE).toISOString().slice(0, -1)
  return `${local}${sign > 0 ? "+" : "-"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** A number of seconds, milliseconds or microseconds, perhaps with a fraction, perhaps as text. */
const numberTime = (random: Random, timeMs: number): string => {
  const [whole, part] = [Math.floor(timeMs / 1000), String(timeMs % 1000).padStart(3, "0")]
  const more = random.chance(0.3) ? digits(random, random.between(1, 9)) : ""
  const text = random.pick([
    String(whole),
    `${whole}.${part}${more}`,
    `${whole}.${part}${more}`,
    `${timeMs}${digits(random, 3)}`,
    `${timeMs}${digits(random, 3)}${more === "" ? "" : `.${more}`}`,
    `${timeMs}${more === "" ? "" : `.${more}`}`
  ])
  return random.chance(0.5) ? text : `"${text}"`
}

const NAMED_ZONES = [" UTC", "UTC", " GMT", "GMT", "+0000", " +0000", "+00", " +00:00", "+00:00"] as const

/** A time in a form that only some producers write. */
export const timeForm = (random: Random, timeMs: number): string => {
  if (random.chance(0.6)) return numberTime(random, timeMs)
  const iso = new Date(timeMs).toISOString()
  if (random.chance(0.4)) {
    const local = zoned(timeMs, random)
    const compact = local.slice(0, -3) + local.slice(-2)
    return `"${random.chance(0.5) ? compact : `${compact.slice(0, -5)} ${compact.slice(-5)}`}"`
  }
  const clock = random.pick([
    iso.slice(0, 19),
    iso.slice(0, 23),
    iso.slice(0, 20) + digits(random, random.between(1, 9))
  ])
  return `"${random.chance(0.5) ? clock : clock.replace("T", " ")}${random.pick(NAMED_ZONES)}"`
}

/** A time as producers write it. */
export const time = (random: Random, timeMs: number): string => {
  const iso = new Date(timeMs).toISOString()
  switch (random.between(0, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return String(timeMs)
    case 4:
    case 5:
    case 6:
      return `"${iso}"`
    case 7:
      return `"${iso.slice(0, 20)}${digits(random, random.between(1, 12))}Z"`
    case 8:
      return `"${iso.slice(0, 19)}Z"`
    default:
      return `"${zoned(timeMs, random)}"`
  }
}
