/**
 * A small invented platform. Every value is a function of the stream and the time, so that the
 * dashboard shows the same data in every run.
 */
import type { ChatContent } from "../../../src/domain/ChatContent.ts"
import type { MomentMetadata, MomentType } from "../../../src/domain/Moment.ts"
import type { DeadLetterDetail } from "../../../src/api/DeadLetters.ts"
import type { StreamEmotes } from "../../../src/api/Emotes.ts"
import type { MomentItem } from "../../../src/api/Moments.ts"
import { totalsOf } from "../../../src/query/PipelineStatus.ts"
import type { PipelineHistory, PipelineStatus, TaskStatus } from "../../../src/api/Pipeline.ts"
import type { StreamNow, SummaryPoint } from "../../../src/api/Streams.ts"
import { clipOf } from "../../../src/query/Clip.ts"
import { hash, toUnit } from "../../../src/source/simulator/Draws.ts"
import { broadcastStart } from "./FixtureBroadcasts.ts"
import { FIRST_END_MS } from "./FixtureTimes.ts"

export { FIRST_END_MS } from "./FixtureTimes.ts"

export const SIZE_MS = 60_000
export const SLIDE_MS = 10_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const CLIPS = { leadMs: 10_000, lengthMs: 30_000, vodUrl: "https://vod.example/{stream}?t={offset_hms}" }

/** Nothing happened before. */
const BEGINNING_MS = FIRST_END_MS - 8 * 24 * HOUR_MS

/** Names that an attacker may choose. */
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

/** A search that finds no stream. */
export const UNKNOWN_NAME = "nobody has such a name"

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

/** The stream whose moments have no metadata. */
const LEGACY = 20

const KINDS: ReadonlyArray<MomentType> = [
  "chat_spike",
  "viewer_surge",
  "raid",
  "chat_drop",
  "hype",
  "sentiment_shift",
  "viewer_drop"
]

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

const isRise = (stream: number, endMs: number): boolean =>
  (["chat_spike", "raid", "hype"] as const).some((kind) => isOn(stream, kind, endMs))

const chatCount = (stream: number, endMs: number): number => {
  const usual = 900 / (stream + 2) ** 0.8
  const wave = 1 + 0.25 * Math.sin((2 * Math.PI * endMs) / (40 * MINUTE_MS) + stream)
  const factor = isRise(stream, endMs) ? 2.6 : isOn(stream, "chat_drop", endMs) ? 0.12 : 1
  return Math.round(usual * wave * factor * (0.92 + 0.16 * chance(stream, endMs, 1)))
}

const emotes = (stream: number, endMs: number): ReadonlyArray<string> =>
  Array.from({ length: 5 }, (_, place) => EMOTES[(stream + place * 3 + Math.floor(endMs / (5 * MINUTE_MS))) % 10] ?? "")

/** Falling counts: the busier the chat, the more. */
const emoteCounts = (stream: number, endMs: number): ReadonlyArray<number> =>
  Array.from({ length: 5 }, (_, place) => 1 + Math.floor(chatCount(stream, endMs) / (4 * (place + 1))))

/** One chat is angry, one tense, one happy, the others friendly. */
const usualMood = (stream: number): number => ({ 4: -0.55, 12: 0.5, 13: -0.2 })[stream] ?? 0.22

export const point = (stream: number, endMs: number): SummaryPoint => {
  const chat_count = chatCount(stream, endMs)
  const lift = isRise(stream, endMs) ? 4 : 0
  const z_score = lift + 1.4 * (chance(stream, endMs, 4) - 0.6)
  const viewers = 20 * (900 / (stream + 2) ** 0.8)
  const shift = isOn(stream, "sentiment_shift", endMs) ? -0.6 : 0
  return {
    stream_id: STREAMS[stream] ?? "",
    window_start: endMs - SIZE_MS,
    window_end: endMs,
    chat_count,
    unique_chatters: Math.round(chat_count * 0.62),
    avg_sentiment: chat_count === 0 ? null : usualMood(stream) + shift + 0.12 * (chance(stream, endMs, 2) - 0.5),
    scored_count: Math.round(chat_count * 0.45),
    positive_count: Math.round(chat_count * 0.3),
    negative_count: Math.round(chat_count * 0.1),
    chat_rate: chat_count / 60,
    avg_viewers:
      stream % 11 === 10
        ? null
        : viewers *
          (isOn(stream, "viewer_surge", endMs) || isOn(stream, "raid", endMs)
            ? 1.9
            : isOn(stream, "viewer_drop", endMs)
              ? 0.5
              : 1) *
          (0.98 + 0.04 * chance(stream, endMs, 3)),
    top_emotes: emotes(stream, endMs),
    emote_counts: emoteCounts(stream, endMs),
    z_score,
    is_anomaly: z_score >= 3,
    complete: stream % 17 !== 16,
    windows: 1
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
    // The chat is silent for 4 minutes every 2 hours.
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
    busiest.set(step, { ...best, windows: (known?.windows ?? 0) + 1 })
  }
  return [...busiest.values()]
}

/** The emotes of windows, step by step. */
export const emotesOf = (
  windows: ReadonlyArray<SummaryPoint>,
  step: number,
  wanted: ReadonlyArray<string> | undefined
): StreamEmotes => {
  const most = new Map<string, number>()
  const steps = new Map<number, Map<string, number>>()
  for (const { emote_counts, top_emotes, window_start } of windows) {
    const startMs = Math.floor(window_start / (step * 1000)) * step * 1000
    const counts = steps.get(startMs) ?? new Map<string, number>()
    steps.set(startMs, counts)
    top_emotes.forEach((emote, place) => {
      const count = emote_counts[place] ?? 0
      most.set(emote, Math.max(most.get(emote) ?? 0, count))
      counts.set(emote, Math.max(counts.get(emote) ?? 0, count))
    })
  }
  const found = [...most].map(([emote, count]) => ({ emote, count })).toSorted((a, b) => b.count - a.count)
  return {
    step,
    starts: [...steps.keys()],
    emotes: (wanted ?? found.slice(0, 5).map(({ emote }) => emote)).map((emote) => ({
      emote,
      counts: [...steps.values()].map((counts) => counts.get(emote) ?? 0)
    })),
    found
  }
}

export const streamNow = (stream: number, endMs: number): StreamNow => ({
  ...point(stream, endMs),
  recent_chat_counts: Array.from({ length: 30 }, (_, index) => chatCount(stream, endMs - (29 - index) * SLIDE_MS))
})

/** An id encodes the time and the stream; `momentOf` decodes it. */
const momentId = (stream: number, timeMs: number): string => `${timeMs / 1000}${String(stream).padStart(3, "0")}`

/** People who react within 20 s, of the people of a minute. */
const peopleOf = ({ unique_chatters }: SummaryPoint): number => Math.round(unique_chatters / 2.4)

/** Reactions and words that a chat shares, hostile ones included. */
const SHARED = ["LAUGHTER", "kekw", "HYPE", HOSTILE.markup, "SORROW", "constructor"]

const metadataAt = (stream: number, timeMs: number, lastEndMs: number): MomentMetadata => {
  const type = kindOf(stream)
  const startedMs = broadcastStart(stream, timeMs, lastEndMs)
  const peak = point(stream, Math.min(timeMs + 50_000, lastEndMs))
  const before = point(stream, timeMs - 5 * MINUTE_MS)
  const people = peopleOf(peak)
  const usual = peopleOf(before)
  const viewers = type === "raid" || type === "viewer_surge"
  const mood = type === "sentiment_shift" || (!type.endsWith("_drop") && stream % 2 === 1)
  return {
    peak_end: new Date(peak.window_end).toISOString(),
    peak_start: new Date(peak.window_end - 10_000).toISOString(),
    span_seconds: 20,
    parts: {
      ...(type === "raid" || type === "hype" || type === "chat_spike" ? { chat: 4.6 + (stream % 9) } : {}),
      ...(viewers ? { viewers: 6.2 } : {}),
      ...(mood ? { mood: -4.2 } : {}),
      ...(type === "chat_drop" ? { silence: -4.2 - (stream % 5) } : {}),
      ...(type === "viewer_drop" ? { loss: -4.2 - (stream % 5) } : {})
    },
    people,
    usual_people: usual,
    people_deviation: Math.sqrt(usual) * 1.6,
    messages: Math.round(people * 1.5),
    usual_messages: usual * 1.3,
    unison: Math.round(people * 0.52),
    usual_unison: usual * 0.12,
    shared: SHARED[stream % SHARED.length] ?? null,
    repeated_text: HOSTILE.markup,
    repeated_messages: Math.round(people * 0.3),
    repeated_people: Math.round(people * 0.22),
    viewers: viewers ? (peak.avg_viewers ?? 1000) : null,
    usual_viewers: viewers ? (before.avg_viewers ?? 500) : null,
    mood: mood ? -0.38 : null,
    usual_mood: mood ? 0.22 : null,
    broadcast_start: startedMs === undefined ? null : new Date(startedMs).toISOString()
  }
}

/** As the worker writes it: it quotes the chat. */
const describe = (type: MomentType, metadata: MomentMetadata): string => {
  const { messages, people, usual_messages, usual_viewers, viewers } = metadata
  const chat = `${messages} messages in 20 seconds, ${(messages / usual_messages).toFixed(1)} times the usual ${Math.round(usual_messages)}, from ${people} people; half of them`
  const audience = `Viewers went from ${Math.round(usual_viewers ?? 0)} to ${Math.round(viewers ?? 0)}.`
  const texts: Readonly<Record<MomentType, string>> = {
    raid: `${audience} ${chat} wrote "${HOSTILE.markup}".`,
    hype: `${chat} cheered.`,
    chat_spike: `${chat} said KEKW.`,
    viewer_surge: `${audience} ${messages} messages in 20 seconds, 1.1 times the usual ${Math.round(usual_messages)}, from ${people} people; they said different things.`,
    chat_drop: `The chat fell silent for 80 seconds, where ${people} people write in 20 seconds.`,
    viewer_drop: "Viewers fell from 8123 to 3970, and the stream goes on.",
    sentiment_shift: "The mood turned darker: -0.38 where 0.22 is usual."
  }
  return texts[type]
}

/** Quotes as the worker stores them: whatever people write. */
const contentAt = ({ peak_end, repeated_messages, repeated_people }: MomentMetadata): ChatContent => {
  const endMs = Date.parse(peak_end)
  const texts = ["no way he hit that", HOSTILE.quotes, HOSTILE.override, "\u0007\u001b[31m\nred", "W".repeat(500)]
  const users = ["ann", HOSTILE.markup, "0a1b2c3d4e5f", null, HOSTILE.override]
  return {
    samples: texts.map((text, index) => ({
      text,
      user: users[index] ?? null,
      at: new Date(endMs - 9000 + 1000 * index).toISOString()
    })),
    repeated: { text: HOSTILE.markup, messages: repeated_messages, people: repeated_people },
    words: [
      { word: "clutch", people: 31, usual: 2.5 },
      { word: HOSTILE.long, people: 9, usual: 0 }
    ],
    emotes: [
      { emote: "KEKW", count: 64, before: 3 },
      { emote: "<b>bold</b>", count: 12, before: 0 }
    ]
  }
}

const momentAt = (stream: number, timeMs: number, lastEndMs: number): MomentItem => {
  const type = kindOf(stream)
  const metadata = metadataAt(stream, timeMs, lastEndMs)
  const moment = {
    id: momentId(stream, timeMs),
    stream_id: STREAMS[stream] ?? "",
    timestamp: timeMs,
    ended_at: Math.min(timeMs + LASTS_MS + SLIDE_MS, lastEndMs),
    moment_type: type,
    description: describe(type, metadata),
    intensity: Math.max(...Object.values(metadata.parts).map(Math.abs)),
    detected_at: timeMs + 15_000,
    // Earlier versions wrote no metadata.
    metadata: stream === LEGACY ? null : metadata,
    content: stream === LEGACY || stream % 5 === 4 ? null : contentAt(metadata),
    feedback: null
  }
  return { ...moment, clip: clipOf(CLIPS, moment) }
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
    ...totalsOf(tasks),
    tasks,
    gaps: 2,
    dead_letters_dropped: 0,
    problems: [],
    collects: null,
    session: false
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

/** An hour with a backlog in its middle, some late events, and a problem that has passed. */
export const history = (lastEndMs: number, isEmpty: boolean): PipelineHistory => ({
  samples: isEmpty
    ? []
    : Array.from({ length: 240 }, (_, index) => {
        const behind = Math.max(0, 40 - Math.abs(index - 120))
        return {
          at: lastEndMs - (239 - index) * 15_000,
          lag_records: 10 + behind * 700,
          records_per_second: 570,
          watermark_age_ms: 12_000 + behind * 1500,
          late_events: index % 40 === 0 ? 3 : 0
        }
      }),
  late_events: isEmpty ? 0 : 1234,
  late_chat_pairs: isEmpty ? 0 : 5678,
  problems: isEmpty
    ? []
    : [
        { text: "One member has no task", since: lastEndMs - 3 * MINUTE_MS, until: null },
        {
          text: "PostgreSQL does not respond: connection refused at db.example:5432",
          since: lastEndMs - 40 * MINUTE_MS,
          until: lastEndMs - 20 * MINUTE_MS
        }
      ]
})
