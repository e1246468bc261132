/**
 * The cut of a clip around a moment's peak. Chat lags the picture by a lead, so the event is that
 * long before the peak of the chat. The clip begins a third of its length before the event:
 *
 *     picture   in ....... event .............. out
 *     chat                  |----- lead -----| peak
 *               |- length/3 -|
 *
 * With a lead of 10 s and a length of 30 s it reaches from 20 s before the peak to 10 s after it.
 */
import { Context, Layer } from "effect"
import type { Clip, MomentItem } from "../api/Moments.ts"
import type { AppConfig } from "../config/AppConfig.ts"
import type { ClipSettings } from "../domain/ClipSettings.ts"

type Unclipped = Omit<MomentItem, "clip">

/** `5025` -> `1h23m45s` */
export const hours = (seconds: number): string => {
  const [hour, minute, second] = partsOf(seconds)
  return `${hour}h${minute}m${second}s`
}

const partsOf = (seconds: number): readonly [hours: number, minutes: number, seconds: number] => [
  Math.floor(seconds / 3600),
  Math.floor(seconds / 60) % 60,
  seconds % 60
]

/** A name that a browser would take for a step in the path. */
const isDots = (name: string): boolean => /^\.{1,2}$/.test(name)

/** `undefined` values have no place in the address, so an address that needs one is `null`. */
const urlOf = (template: string | undefined, stream: string, offset: number | null): string | null => {
  if (template === undefined || isDots(stream)) return null
  const values: Readonly<Record<string, string | undefined>> = {
    "{stream}": encodeURIComponent(stream.toWellFormed()),
    "{offset}": offset === null ? undefined : String(offset),
    "{offset_hms}": offset === null ? undefined : hours(offset)
  }
  let isKnown = true
  const url = template.replaceAll(/\{\w+\}/g, (placeholder) => {
    const value = values[placeholder]
    if (value === undefined) isKnown = false
    return value ?? ""
  })
  return isKnown ? url : null
}

/** Milliseconds since 1970; `undefined` if an earlier version wrote no such time. */
const timeOf = (text: string | null | undefined): number | undefined => {
  const ms = Date.parse(text ?? "")
  return Number.isNaN(ms) ? undefined : ms
}

/** Pure. A clip does not begin before its broadcast. */
export const clipOf = ({ leadMs, lengthMs, vodUrl }: ClipSettings, moment: Unclipped): Clip => {
  const { metadata, stream_id, timestamp } = moment
  const peak = timeOf(metadata?.peak_start) ?? timestamp
  const broadcastMs = timeOf(metadata?.broadcast_start)
  const start = Math.max(peak - leadMs - Math.floor(lengthMs / 3), broadcastMs ?? Number.NEGATIVE_INFINITY)
  const offset = broadcastMs === undefined ? null : Math.floor((start - broadcastMs) / 1000)
  return {
    offset_seconds: offset,
    peak_seconds: broadcastMs === undefined ? null : Math.max(0, Math.floor((peak - broadcastMs) / 1000)),
    in: start,
    out: start + lengthMs,
    peak,
    url: urlOf(vodUrl, stream_id, offset)
  }
}

/** Cuts clips by the worker's settings. */
export class Clips extends Context.Service<
  Clips,
  {
    /** Adds its clip to a moment. */
    readonly cut: <A extends Unclipped>(moment: A) => A & { readonly clip: Clip }
  }
>()("telemetra/query/Clips") {
  static readonly layer = ({ clip }: Pick<AppConfig, "clip">): Layer.Layer<Clips> =>
    Layer.succeed(Clips, { cut: (moment) => ({ ...moment, clip: clipOf(clip, moment) }) })
}
