/**
 * Turns the times of a text log into points in time. A log with times of day names the day in some
 * of its lines, or the command line does. Midnight passes when the time goes back by more than an
 * hour: less is disorder, or the end of summer time.
 */
import type { Given, Start } from "./Format.ts"
import { DAY_MS, HOUR_MS, localMs, type LogTime, type MonthDay } from "./LogTime.ts"

const BACK_MS = HOUR_MS

/** Four years have a February 29, if no century without one is among them. */
const NEAR_YEARS = [0, -1, 1, -2, 2, -3, 3, -4, 4]

export class DayClock {
  readonly #start: Start | undefined
  /** Midnight of the current day, as if in UTC. */
  #dayMs: number | undefined
  #firstDayMs = Number.NEGATIVE_INFINITY
  #lastClockMs: number | undefined
  #zoneMs: number | undefined
  /** The zone's abbreviation in the file, if it does not name one offset. */
  #unknownZone: string | undefined
  #isZoneAssumed = false

  constructor({ start }: Given) {
    this.#start = start
    if (start !== undefined) this.#setDay(start.timeMs + (start.zoneMs ?? 0))
  }

  /**
   * A line of the log names the day, and perhaps the zone. It wins over the command line.
   * `clockMs` = its time of day: if the next line is earlier, midnight has passed between them.
   */
  day(
    localTimeMs: number,
    clockMs?: number,
    zone?: { readonly offsetMs: number | undefined; readonly name: string }
  ): void {
    this.#setDay(localTimeMs)
    this.#lastClockMs = clockMs
    if (zone === undefined) return
    this.#zoneMs = zone.offsetMs
    if (zone.offsetMs === undefined && zone.name !== "") this.#unknownZone = zone.name
  }

  /** Milliseconds since 1970; `undefined` = the day or the start is unknown. */
  at(time: LogTime): number | undefined {
    switch (time._tag) {
      case "Moment":
        return time.localMs - (time.zoneMs ?? this.#zone())
      case "Offset":
        return this.#start === undefined ? undefined : this.#start.timeMs + time.offsetMs
      case "Clock":
        return time.monthDay === undefined ? this.#ofClock(time.clockMs) : this.#ofMonthDay(time.monthDay, time.clockMs)
    }
  }

  notes(): ReadonlyArray<string> {
    if (!this.#isZoneAssumed) return []
    const found =
      this.#unknownZone === undefined ? "Its times name no zone" : `The zone ${this.#unknownZone} is ambiguous`
    return [
      `${found}: they are read as UTC. For another zone give --start with its offset, such as 2026-01-31T00:00+01:00`
    ]
  }

  #zone(): number {
    if (this.#zoneMs !== undefined) return this.#zoneMs
    const stated = this.#start?.zoneMs
    if (stated === undefined) this.#isZoneAssumed = true
    return stated ?? 0
  }

  #setDay(localTimeMs: number): void {
    this.#dayMs = Math.floor(localTimeMs / DAY_MS) * DAY_MS
    this.#firstDayMs = this.#dayMs
    this.#lastClockMs = undefined
  }

  #ofClock(clockMs: number): number | undefined {
    if (this.#dayMs === undefined) return undefined
    const lastMs = this.#lastClockMs ?? clockMs
    // A late line of the day before does not turn the day back.
    const isOfDayBefore = clockMs - lastMs > DAY_MS - BACK_MS && this.#dayMs > this.#firstDayMs
    if (isOfDayBefore) return this.#dayMs - DAY_MS + clockMs - this.#zone()
    if (lastMs - clockMs > BACK_MS) this.#dayMs += DAY_MS
    this.#lastClockMs = clockMs
    return this.#dayMs + clockMs - this.#zone()
  }

  /** The year is the one in which the day is nearest to the day before. */
  #ofMonthDay({ day, month }: MonthDay, clockMs: number): number | undefined {
    if (this.#dayMs === undefined) return undefined
    const year = new Date(this.#dayMs).getUTCFullYear()
    const candidates = NEAR_YEARS.flatMap((near) => localMs(year + near, month, day) ?? [])
    const near = candidates.toSorted((a, b) => Math.abs(a - (this.#dayMs ?? 0)) - Math.abs(b - (this.#dayMs ?? 0)))[0]
    if (near === undefined) return undefined
    this.#dayMs = near
    return near + clockMs - this.#zone()
  }
}
