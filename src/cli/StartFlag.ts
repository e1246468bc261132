/** The flag --start of `replay`: a day or a point in time, with the zone in which it is written. */
import { Option, Schema } from "effect"
import { Flag } from "effect/cli"
import { Instant } from "../api/Values.ts"
import type { Start } from "../replay/formats/Format.ts"

export interface StartText extends Start {
  /** As it was typed. */
  readonly text: string
}

const decode = Schema.decodeUnknownOption(Instant)

/** The zone's offset from UTC; `undefined` without a zone. */
const zoneMsOf = (text: string): number | undefined => {
  const match = /[T ].*(?:Z|([+-])(\d\d):(\d\d))$/i.exec(text.trim())
  if (match === null) return undefined
  const [, sign, hours, minutes] = match
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}

export const startFlag = Flag.String("start").pipe(
  Flag.filterMap(
    (text) => Option.map(decode(text), (timeMs): StartText => ({ timeMs, zoneMs: zoneMsOf(text), text: text.trim() })),
    () => "a day or a time, such as 2026-01-31, 2026-01-31T18:00:00Z or 2026-01-31T18:00+01:00"
  ),
  Flag.withDescription(
    "For saved chat without days: the day of its times, or the start of times such as 0:12:34. Its offset is the zone of times without one"
  ),
  Flag.optional
)
