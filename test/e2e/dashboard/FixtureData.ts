/** A small platform that never was: every value is a function of the stream and the time, so that the dashboard has something to show that tests can count on. */
import type { MomentType } from "../../../src/domain/Moment.ts"
import type { DeadLetterDetail } from "../../../src/http/api/DeadLetters.ts"
import type { MomentItem } from "../../../src/http/api/Moments.ts"
import type { PipelineStatus, TaskStatus } from "../../../src/http/api/Pipeline.ts"
import type { StreamNow, SummaryPoint } from "../../../src/http/api/Streams.ts"
import { hash, toUnit } from "../../../src/source/simulator/Draws.ts"

export const SIZE_MS = 60_000
export const SLIDE_MS = 10_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** End of the latest window when the server starts. */
export const FIRST_END_MS = Date.UTC(2026, 0, 31, 18)
/** Nothing happened before. */
const BEGINNING_MS = FIRST_END_MS - 8 * 24 * HOUR_MS

/** Names that people choose who mean no good. */
export const HOSTILE = {
  markup: `<img src=x onerror="window.hacked=true">`,
  quotes: `"'><script>window.hacked=true</script>`,
  override: "\u202Egnp.eeffoc",
  path: "a/b?c=1#d%20e",
  long: "x".repeat(255)
} as const

const PLAIN = [
  "SilentFalcon",
  "midnight_arcade",
  "CopperOwl",
  "日本語チャンネル",
  "speedrun-city",
  "VelvetRaptor",
  "chess24",
  "LateNightLaura",
  "gartenzwerg",
  "TheLongestNameThatAnybodyWouldReallyType"
]

export const STREAMS: ReadonlyArray<string> = [
  ...PLAIN.slice(0, 6),
  HOSTILE.markup,
  HOSTILE.quotes,
  HOSTILE.override,
  HOSTILE.path,
  ...PLAIN.slice(6),
  HOSTILE.long,
  ...Array.from({ length: 60 }, (_, index) => `channel_${String(index + 1).padStart(2, "0")}`)
]

const EMOTES = ["Kappa", "PogChamp", "LUL", "KEKW", "BibleThump", "monkaS", "catJAM", `<b>bold</b>`, "Clap", "5Head"]

/** Streams with an index below it have a moment every 20 minutes. */
const EVENTFUL = 24
const EVERY_MS = 20 * MINUTE_MS
const LASTS_MS = 80_000

const KINDS: ReadonlyArray<MomentType> = ["chat_spike", "viewer_surge", "chat_drop", "sentiment_shift", "viewer_drop"]

const kindOf = (stream: number): MomentType => KINDS[stream % KINDS.length] ?? "chat_spike"

const chance = (stream: number, timeMs: number, salt: number): number =>
  toUnit(hash(stream, Math.floor(timeMs / SLIDE_MS), salt))

/** Start of the stream's latest moment at a time; `undefined` for one without moments. */
const momentBefore = (stream: number, timeMs: number): number | undefined => {
  if (stream >= EVENTFUL) return undefined
  const offsetMs = ((stream * 7) % 20) * MINUTE_MS
  return Math.floor((timeMs - offsetMs) / EVERY_MS) * EVERY_MS + offsetMs
}

const isOn = (stream: number, kind: MomentType, endMs: number): boolean => {
  const startMs = momentBefore(stream, endMs - SLIDE_MS)
  return kindOf(stream) === kind && startMs !== undefined && endMs - SLIDE_MS - startMs < LASTS_MS
}

const chatCount = (stream: number, endMs: number): number => {
  const usual = 900 / (stream + 2) ** 0.8
  const wave = 1 + 0.25 * Math.sin((2 * Math.PI * endMs) / (40 * MINUTE_MS) + stream)
  const factor = isOn(stream, "chat_spike", endMs) ? 2.6 : isOn(stream, "chat_drop", endMs) ? 0.12 : 1
  return Math.round(usual * wave * factor * (0.92 + 0.16 * chance(stream, endMs, 1)))
}

const emotes = (stream: number, endMs: number): ReadonlyArray<string> =>
  Array.from({ length: 5 }, (_, place) => EMOTES[(stream + place * 3 + Math.floor(endMs / (5 * MINUTE_MS))) % 10] ?? "")

/** The window's own past, as the detectors compare it. */
const baseline = (stream: number, endMs: number): { readonly mean: number; readonly deviation: number } => {
  const past = Array.from({ length: 10 }, (_, index) => chatCount(stream, endMs - (index + 1) * SIZE_MS))
  const mean = past.reduce((sum, value) => sum + value, 0) / past.length
  const variance = past.reduce((sum, value) => sum + (value - mean) ** 2, 0) / past.length
  return { mean, deviation: Math.max(Math.sqrt(variance), Math.sqrt(Math.max(mean, 1))) }
}

export const point = (stream: number, endMs: number): SummaryPoint => {
  const chat_count = chatCount(stream, endMs)
  const { deviation, mean } = baseline(stream, endMs)
  const z_score = (chat_count - mean) / deviation
  const viewers = 20 * (900 / (stream + 2) ** 0.8)
  const shift = isOn(stream, "sentiment_shift", endMs) ? -0.6 : 0
  return {
    stream_id: STREAMS[stream] ?? "",
    window_start: endMs - SIZE_MS,
    window_end: endMs,
    chat_count,
    unique_chatters: Math.round(chat_count * 0.62),
    avg_sentiment: chat_count === 0 ? null : 0.22 + shift + 0.12 * (chance(stream, endMs, 2) - 0.5),
    scored_count: Math.round(chat_count * 0.45),
    positive_count: Math.round(chat_count * 0.3),
    negative_count: Math.round(chat_count * 0.1),
    chat_rate: chat_count / 60,
    avg_viewers:
      stream % 11 === 10
        ? null
        : viewers *
          (isOn(stream, "viewer_surge", endMs) ? 1.9 : isOn(stream, "viewer_drop", endMs) ? 0.5 : 1) *
          (0.98 + 0.04 * chance(stream, endMs, 3)),
    top_emotes: emotes(stream, endMs),
    z_score,
    is_anomaly: Math.abs(z_score) >= 3,
    complete: stream % 17 !== 16,
    windows: 1,
    baseline_mean: mean,
    baseline_deviation: deviation
  }
}

/** Windows that start from `fromMs` (closed) to `toMs` (open), none after `lastEndMs`. */
export const points = (
  stream: number,
  fromMs: number,
  toMs: number,
  lastEndMs: number
): ReadonlyArray<SummaryPoint> => {
  const found: Array<SummaryPoint> = []
  const first = Math.ceil(Math.max(fromMs, BEGINNING_MS) / SLIDE_MS) * SLIDE_MS
  for (let startMs = first; startMs < toMs && startMs + SIZE_MS <= lastEndMs; startMs += SLIDE_MS) {
    // for 4 minutes every 2 hours nobody says anything
    if (startMs % (2 * HOUR_MS) < 4 * MINUTE_MS) continue
    found.push(point(stream, startMs + SIZE_MS))
  }
  return found
}

/** The busiest window of each step. */
export const steps = (windows: ReadonlyArray<SummaryPoint>, stepMs: number): ReadonlyArray<SummaryPoint> => {
  const busiest = new Map<number, SummaryPoint>()
  for (const window of windows) {
    const step = Math.floor(window.window_start / stepMs)
    const known = busiest.get(step)
    const best = known === undefined || window.chat_count > known.chat_count ? window : known
    busiest.set(step, { ...best, windows: (known?.windows ?? 0) + 1, baseline_mean: null, baseline_deviation: null })
  }
  return [...busiest.values()]
}

export const streamNow = (stream: number, endMs: number): StreamNow => ({
  ...point(stream, endMs),
  recent_chat_counts: Array.from({ length: 30 }, (_, index) => chatCount(stream, endMs - (29 - index) * SLIDE_MS))
})

/** Times and places in one number, so that an id tells what it names. */
const momentId = (stream: number, timeMs: number): string => `${timeMs / 1000}${String(stream).padStart(3, "0")}`

const momentAt = (stream: number, timeMs: number, lastEndMs: number): MomentItem => {
  const type = kindOf(stream)
  const peak = point(stream, Math.min(timeMs + 50_000, lastEndMs))
  const { deviation, mean } = baseline(stream, peak.window_end)
  const score = type.endsWith("_drop") || type === "sentiment_shift" ? -4.2 - (stream % 5) : 4.6 + (stream % 9)
  return {
    id: momentId(stream, timeMs),
    stream_id: peak.stream_id,
    timestamp: timeMs,
    ended_at: Math.min(timeMs + LASTS_MS + SLIDE_MS, lastEndMs),
    moment_type: type,
    description: `${peak.chat_count} messages from ${peak.unique_chatters} chatters; usual are ${mean.toFixed(1)} messages.`,
    intensity: Math.abs(score),
    detected_at: timeMs + 15_000,
    metadata: {
      window_start: new Date(peak.window_start).toISOString(),
      window_end: new Date(peak.window_end).toISOString(),
      chat_count: peak.chat_count,
      unique_chatters: peak.unique_chatters,
      avg_viewers: peak.avg_viewers,
      avg_sentiment: peak.avg_sentiment,
      score,
      value: peak.chat_count,
      baseline_mean: mean,
      baseline_deviation: deviation,
      baseline_size: 10,
      top_emotes: emotes(stream, peak.window_end),
      top_emotes_before: emotes(stream + 2, peak.window_end)
    }
  }
}

/** All moments of these streams from `fromMs` (closed) to `toMs` (open), the latest first. */
export const moments = (
  streams: ReadonlyArray<number>,
  fromMs: number,
  toMs: number,
  lastEndMs: number
): ReadonlyArray<MomentItem> =>
  streams
    .flatMap((stream) => {
      const found: Array<MomentItem> = []
      let at = momentBefore(stream, Math.min(toMs - 1, lastEndMs - SLIDE_MS))
      for (; at !== undefined && at >= Math.max(fromMs, BEGINNING_MS); at -= EVERY_MS) {
        found.push(momentAt(stream, at, lastEndMs))
      }
      return found
    })
    .toSorted((a, b) => b.timestamp - a.timestamp || Number(b.id) - Number(a.id))

export const momentOf = (id: string, lastEndMs: number): MomentItem | undefined => {
  const stream = Number(id.slice(-3))
  const timeMs = Number(id.slice(0, -3)) * 1000
  return momentBefore(stream, timeMs) === timeMs && timeMs < lastEndMs ? momentAt(stream, timeMs, lastEndMs) : undefined
}

const TASKS = [0, 1, 2, 3]

export const task = (partition: number, flush: number, lastEndMs: number): TaskStatus => ({
  source_partition: partition,
  owner: `worker-${partition % 2}.example:41${partition}`,
  epoch: String(3 + partition),
  flush: String(12_480 + flush),
  watermark: lastEndMs + partition * 1000,
  updated_at: lastEndMs + 11_000 + partition * 100,
  lag_records: partition * 3,
  records_per_second: 118.4 + partition * 17,
  inputs: ["telemetra.events.chat", "telemetra.events.viewer"].map((topic, index) => ({
    topic,
    partition,
    next_offset: String(9_341_077 + partition * 31_337 + flush * 1200),
    counts: !(partition === 2 && index === 1)
  }))
})

export const status = (flush: number, lastEndMs: number): PipelineStatus => {
  const tasks = TASKS.map((partition) => task(partition, flush, lastEndMs))
  return {
    now: lastEndMs + 12_000,
    window: { size_ms: SIZE_MS, slide_ms: SLIDE_MS },
    watermark: lastEndMs,
    lag_records: tasks.reduce((sum, { lag_records }) => sum + (lag_records ?? 0), 0),
    records_per_second: tasks.reduce((sum, { records_per_second }) => sum + (records_per_second ?? 0), 0),
    tasks,
    gaps: 2,
    problems: []
  }
}

const REASONS = ["invalid-json", "invalid-event", "invalid-timestamp", "too-large"] as const

export const deadLetters: ReadonlyArray<DeadLetterDetail> = Array.from({ length: 36 }, (_, index) => {
  const reason = REASONS[(index * index) % REASONS.length] ?? "invalid-json"
  const payload = reason === "invalid-json" ? `{"stream_id": ${HOSTILE.markup}` : `{"stream_id":"chess24","message":7}`
  return {
    topic: "telemetra.events.chat",
    partition: index % 4,
    kafka_offset: String(8_000_000 + index * 977),
    reason,
    path: reason === "invalid-event" ? "message" : null,
    record_timestamp: FIRST_END_MS - index * 7 * MINUTE_MS - 2000,
    payload_bytes: payload.length,
    dead_at: FIRST_END_MS - index * 7 * MINUTE_MS,
    payload
  }
})
