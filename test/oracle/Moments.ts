/** Falls, rises and turns of one stream, recounted from docs/detection.md, "Moments". */
import { type Baseline, scaleOf, type Scores } from "./Baseline.ts"
import type { OracleQuotes } from "./Quotes.ts"
import type { OracleReaction } from "./Reaction.ts"
import type { Thresholds } from "./Sensitivity.ts"
import { lossSentence, sentencesOf, silenceSentence } from "./Sentences.ts"
import type { Tempo } from "./Tempo.ts"
import { listedClassOf, textOf } from "./Words.ts"

export interface OracleMetadata {
  readonly peak_end: string
  readonly peak_start: string
  readonly span_seconds: number
  readonly parts: Readonly<Partial<Record<"chat" | "viewers" | "mood" | "silence" | "loss", number>>>
  readonly people: number
  readonly usual_people: number
  readonly people_deviation: number
  readonly messages: number
  readonly usual_messages: number
  readonly unison: number
  readonly usual_unison: number
  readonly shared: string | null
  readonly repeated_text: string
  readonly repeated_messages: number
  readonly repeated_people: number
  readonly viewers: number | null
  readonly usual_viewers: number | null
  readonly mood: number | null
  readonly usual_mood: number | null
  readonly broadcast_start: string | null
}

export interface OracleMoment {
  readonly stream: string
  readonly openedAs: string
  readonly type: string
  readonly timestampMs: number
  readonly endedAtMs: number
  readonly intensity: number
  readonly description: string
  readonly metadata: OracleMetadata
  /** The quotes of its peak; absent if moments quote nothing. */
  readonly content?: OracleQuotes | undefined
}

/** A row of a known stream, after its slide is learned. */
export interface KnownSlide {
  readonly stream: string
  readonly endMs: number
  readonly reaction: OracleReaction
  readonly quotes: () => OracleQuotes | undefined
  readonly busiestPaneMs: number
  readonly scores: Scores
  /** Starts of the stream's broadcast after this slide and before it; `undefined` = none. */
  readonly broadcastMs: number | undefined
  readonly formerBroadcastMs: number | undefined
}

interface Settings {
  readonly tempo: Tempo
  readonly thresholds: Thresholds
}

const PARTS = { chat: 1, viewers: 2, mood: 4 } as const
type Part = keyof typeof PARTS

/** The types of moments that have one part alone. */
const TYPES = { chat: "chat_spike", viewers: "viewer_surge", mood: "sentiment_shift" } as const

/** A part of a slide: its score, negative for a darker mood. */
interface Joined {
  readonly part: Part
  readonly score: number
  readonly value: number
  readonly usual: number
}

/** Falls that this slide proves. */
export const fallsAt = (baseline: Baseline, slide: KnownSlide, settings: Settings): ReadonlyArray<OracleMoment> =>
  [silenceAt(baseline, slide, settings), lossAt(baseline, slide, settings)].filter((fall) => fall !== undefined)

const silenceAt = (baseline: Baseline, slide: KnownSlide, settings: Settings): OracleMoment | undefined => {
  const { endMs, scores } = slide
  const { tempo, thresholds } = settings
  const people = scores.people
  if (tempo.isCounts) return undefined
  if (baseline.quietSince === 0) {
    if (people.usual < 3 || people.value > 0.1 * people.usual) return undefined
    Object.assign(baseline, { quietSince: endMs, quietUsual: people.usual, quietStir: 0 })
    return undefined
  }
  const { quietSince, quietUsual } = baseline
  if (people.value <= 0.1 * quietUsual) {
    baseline.quietStir = 0
    return undefined
  }
  if (baseline.quietStir === 0) baseline.quietStir = endMs
  const { quietStir } = baseline
  const isBack = people.value >= 0.5 * quietUsual
  if (!isBack && endMs - quietStir <= tempo.spanMs) return undefined
  baseline.quietSince = 0
  const lengthMs = quietStir - quietSince
  const score = (quietUsual / scaleOf(quietUsual, 0, 1.6)) * Math.sqrt(lengthMs / tempo.spanMs)
  const isSilence =
    isBack && lengthMs >= 3 * tempo.spanMs && lengthMs <= 2 * tempo.memoryMs && score >= thresholds.chat_drop
  if (!isSilence) return undefined

  const untilMs = quietStir - tempo.slideMs
  return {
    stream: slide.stream,
    openedAs: "chat_drop",
    type: "chat_drop",
    timestampMs: quietSince - tempo.slideMs,
    endedAtMs: untilMs,
    intensity: score,
    description: silenceSentence(untilMs - quietSince + tempo.slideMs, quietUsual, tempo.spanMs / 1000),
    metadata: {
      ...numbersOf(slide, tempo),
      parts: { silence: -score },
      ...newIn(fallStarts(slide), quietSince - tempo.slideMs)
    },
    content: slide.quotes()
  }
}

const lossAt = (baseline: Baseline, slide: KnownSlide, settings: Settings): OracleMoment | undefined => {
  const { endMs, scores } = slide
  const { tempo, thresholds } = settings
  const { people, viewers } = scores
  if (viewers === undefined || !areViewersKnown(baseline, tempo)) return undefined
  const { before, score, usual, value } = viewers
  if (baseline.lossSince === 0) {
    if (score > -thresholds.viewer_drop || before - value < 0.6 * (usual - value)) return undefined
    Object.assign(baseline, { lossSince: endMs, lossScore: -score, lossUsual: usual, viewers: value })
    return undefined
  }
  const { lossScore, lossSince, lossUsual } = baseline
  const isRegained = value > 0.85 * lossUsual
  const isForgotten = endMs - lossSince > 600_000
  const isLost = !isRegained && !isForgotten && endMs - lossSince >= 120_000 && people.value > 0.5 * people.usual
  if (isRegained || isForgotten || isLost) baseline.lossSince = 0
  if (!isLost) return undefined

  return {
    stream: slide.stream,
    openedAs: "viewer_drop",
    type: "viewer_drop",
    timestampMs: lossSince - tempo.slideMs,
    endedAtMs: endMs,
    intensity: lossScore,
    description: lossSentence(lossUsual, value),
    metadata: {
      ...numbersOf(slide, tempo),
      parts: { loss: -lossScore },
      ...newIn(fallStarts(slide), lossSince - tempo.slideMs)
    },
    content: slide.quotes()
  }
}

const areViewersKnown = ({ slides }: Baseline, { slideMs, viewersWarmUpMs }: Tempo): boolean =>
  slides * slideMs >= viewersWarmUpMs

/**
 * The slide's addition to the stream's latest rise or turn, or the new one that it opens;
 * `undefined` = nothing. `latest` is the moment that the baseline's numbers are about, if there is
 * one.
 */
export const riseAt = (
  baseline: Baseline,
  slide: KnownSlide,
  latest: OracleMoment | undefined,
  settings: Settings
): OracleMoment | undefined => {
  const { endMs } = slide
  const { tempo, thresholds } = settings
  const joined = partsAt(baseline, slide, settings)
  if (joined.length === 0) return undefined

  for (const { part, usual, value } of joined) {
    if (part === "viewers" && !tempo.isCounts) baseline.viewers = value
    if (part === "mood") {
      const left = (2 * Math.abs(value - usual)) / thresholds.sentiment_shift
      Object.assign(baseline, { mood: value, moodDeviation: Math.max(baseline.moodDeviation, left) })
    }
  }
  const peak = Math.max(...joined.map(({ score }) => Math.abs(score)))
  const greatest = Math.max(...joined.map(({ part }) => thresholds[TYPES[part]]))
  baseline.held = Math.max(baseline.held, Math.min(peak, 3 * greatest))

  const isNew = !isContinued(baseline, endMs, tempo) && !joined.every(({ part }) => canJoin(baseline, part, endMs))
  if (isNew) {
    baseline.moments = baseline.moments + 1
    baseline.momentAt = endMs - tempo.slideMs
    baseline.momentParts = 0
  }
  const before = isNew ? undefined : latest
  if (!isNew && before === undefined) throw new Error(`stream ${slide.stream} has no moment that could continue`)
  const isPeak = isNew || peak > baseline.momentPeak
  if (isPeak) baseline.momentPeak = peak
  baseline.momentEnd = endMs
  for (const { part } of joined) if (!hasPart(baseline, part)) baseline.momentParts += PARTS[part]

  const metadata = withParts(
    before === undefined || isPeak
      ? {
          ...numbersOf(slide, tempo),
          parts: before?.metadata.parts ?? {},
          ...(before === undefined ? newIn([slide.broadcastMs], baseline.momentAt) : keptOf(before))
        }
      : before.metadata,
    joined
  )
  const type = typeOf(baseline, metadata)
  return {
    stream: slide.stream,
    openedAs: before?.openedAs ?? type,
    type,
    timestampMs: baseline.momentAt,
    endedAtMs: baseline.momentEnd,
    intensity: baseline.momentPeak,
    description: sentencesOf(metadata),
    metadata,
    content: isPeak ? slide.quotes() : before?.content
  }
}

/** The parts of this slide. */
const partsAt = (baseline: Baseline, { endMs, scores }: KnownSlide, settings: Settings): ReadonlyArray<Joined> => {
  const { tempo, thresholds } = settings
  const opens = (part: Part, score: number, type: keyof Thresholds): boolean =>
    score >= thresholds[type] * (1 + 0.25 * baseline.moments) &&
    (score > baseline.held || canJoin(baseline, part, endMs))

  const joined: Array<Joined> = []
  const { chat, mood, people, viewers } = scores
  const isNear = endMs - baseline.momentEnd <= 90_000
  const withChat = isNear && hasPart(baseline, "chat")
  const ofChat = isNear && hasPart(baseline, "viewers") ? "raid" : "chat_spike"
  const chatOpens = (type: keyof Thresholds): boolean => people.value >= 5 && opens("chat", chat, type)
  const viewersOpen = (type: keyof Thresholds): boolean =>
    viewers !== undefined && areViewersKnown(baseline, tempo) && opens("viewers", viewers.score, type)
  const isChatContinued =
    hasPart(baseline, "chat") && isContinued(baseline, endMs, tempo) && chat >= thresholds[ofChat] / 2
  if (isChatContinued || chatOpens(ofChat) || (chatOpens("raid") && viewersOpen("raid"))) {
    joined.push({ part: "chat", score: chat, value: people.value, usual: people.usual })
  }
  if (viewers !== undefined && viewersOpen(joined.length > 0 || withChat ? "raid" : "viewer_surge")) {
    joined.push({ part: "viewers", ...viewers })
  }
  if (mood !== undefined && opens("mood", Math.abs(mood.score), "sentiment_shift"))
    joined.push({ part: "mood", ...mood })
  return joined
}

const hasPart = ({ momentParts }: Baseline, part: Part): boolean => (momentParts & PARTS[part]) !== 0

const isContinued = ({ momentEnd }: Baseline, endMs: number, { slideMs }: Tempo): boolean =>
  endMs === momentEnd + slideMs

/** Viewers can join a moment again, other parts only one that does not have them. */
const canJoin = (baseline: Baseline, part: Part, endMs: number): boolean =>
  endMs - baseline.momentEnd <= 90_000 && (part === "viewers" || !hasPart(baseline, part))

/**
 * Each part keeps its greatest score, the first among equals, and mood also value and usual of that
 * slide. Viewers keep their greatest value and their first usual one.
 */
const withParts = (metadata: OracleMetadata, joined: ReadonlyArray<Joined>): OracleMetadata => {
  let now = metadata
  for (const { part, score, usual, value } of joined) {
    if (part === "viewers") {
      const { usual_viewers, viewers } = now
      now = { ...now, viewers: Math.max(viewers ?? value, value), usual_viewers: usual_viewers ?? usual }
    }
    const known = now.parts[part]
    if (known !== undefined && Math.abs(score) <= Math.abs(known)) continue
    now = { ...now, parts: { ...now.parts, [part]: score } }
    if (part === "mood") now = { ...now, mood: value, usual_mood: usual }
  }
  return now
}

const typeOf = (baseline: Baseline, { people, shared, unison }: OracleMetadata): string => {
  const chats = hasPart(baseline, "chat")
  if (hasPart(baseline, "viewers")) return chats ? "raid" : "viewer_surge"
  if (!chats) return "sentiment_shift"
  const what = shared === null ? undefined : (listedClassOf(Buffer.from(shared).toString("latin1")) ?? shared)
  return (what === "HYPE" || what === "VICTORY") && unison >= 0.4 * people ? "hype" : "chat_spike"
}

/** A fall may be reported in the first slide of the next broadcast. */
const fallStarts = ({ broadcastMs, formerBroadcastMs }: KnownSlide) => [broadcastMs, formerBroadcastMs]

/** A moment that begins at `timestampMs` has only its broadcast yet. */
const newIn = (startsMs: ReadonlyArray<number | undefined>, timestampMs: number) => {
  const startMs = startsMs.find((each) => each !== undefined && each <= timestampMs)
  return {
    viewers: null,
    usual_viewers: null,
    mood: null,
    usual_mood: null,
    broadcast_start: startMs === undefined ? null : new Date(startMs).toISOString()
  }
}

/** The part of the metadata that does not depend on the peak: viewers, mood and broadcast. */
const keptOf = ({ metadata }: OracleMoment) => {
  const { broadcast_start, mood, usual_mood, usual_viewers, viewers } = metadata
  return { viewers, usual_viewers, mood, usual_mood, broadcast_start }
}

/** The fields of metadata that are of one slide. */
const numbersOf = ({ busiestPaneMs, endMs, reaction, scores }: KnownSlide, { spanMs }: Tempo) => ({
  peak_end: new Date(endMs).toISOString(),
  peak_start: new Date(busiestPaneMs).toISOString(),
  span_seconds: spanMs / 1000,
  people: scores.people.value,
  usual_people: scores.people.usual,
  people_deviation: scores.scalePeople,
  messages: scores.messages.value,
  usual_messages: scores.messages.usual,
  unison: scores.unison.value,
  usual_unison: scores.unison.usual,
  shared: reaction.shared === null ? null : textOf(reaction.shared),
  repeated_text: textOf(reaction.repeatedText),
  repeated_messages: reaction.repeatedMessages,
  repeated_people: reaction.repeatedPeople
})
