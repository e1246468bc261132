/**
 * The rows of moments: their types, sentences and metadata. The latest row of each stream is read
 * back from the tables after a restart. Rows have no effect on detection.
 */
import { EventTimeMs } from "../domain/EventTime.ts"
import { FALLS, type Moment, type MomentMetadata, type MomentType } from "../domain/Moment.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import type { Fall } from "./Falls.ts"
import { isHype, lossSentence, sentence, silenceSentence } from "./Sentence.ts"
import type { Part, Strengths } from "./Strengths.ts"
import type { Tempo } from "./Tempo.ts"

/** A part of a moment: the finding of one detector at a slide. */
export interface SeenPart {
  readonly name: "chat" | "viewers" | "mood"
  readonly part: Part
}

/** The contribution of a slide to the stream's latest moment, or to the new one that it opens. */
export interface Advance {
  readonly isNew: boolean
  readonly isPeak: boolean
  readonly parts: ReadonlyArray<SeenPart>
}

/** The part of a moment that the baseline knows. */
interface MomentStart extends Pick<Moment, "intensity" | "timestampMs"> {
  /** Start of the stream's broadcast; 0 = none. */
  readonly broadcastMs: number
}

export class LatestMoments {
  readonly #tempo: Tempo
  /** By stream: its latest rise or turn, as long as another part may join it. */
  readonly #moments = new Map<string, Moment>()

  /** `moments`: those of the past that may continue or be joined; others do no harm. */
  constructor(tempo: Tempo, moments: ReadonlyArray<Moment>) {
    this.#tempo = tempo
    const falls: ReadonlyArray<string> = FALLS
    for (const moment of moments) {
      const known = this.#moments.get(moment.stream)
      if (!falls.includes(moment.openedAs) && moment.timestampMs > (known?.timestampMs ?? Number.NEGATIVE_INFINITY))
        this.#moments.set(moment.stream, moment)
    }
  }

  /**
   * Advances the stream's latest moment, which began at `timestampMs` and has the peak `intensity`.
   * If its row was deleted from the tables, it continues as if it began here.
   */
  advance(
    { isNew, isPeak, parts }: Advance,
    slide: StreamSlide,
    strengths: Strengths,
    { broadcastMs, intensity, timestampMs }: MomentStart
  ): Moment {
    const latest = this.#moments.get(slide.stream)
    const before = !isNew && latest?.timestampMs === timestampMs ? latest : undefined
    const keepsPeak = before !== undefined && !isPeak
    const known = before?.metadata ?? nothingKnown([broadcastMs], timestampMs)
    const start = keepsPeak ? before.metadata : chatMetadata(slide, strengths, this.#tempo, known)
    const metadata = parts.reduce(withPart, start)
    const type = typeOf(metadata)
    const moment: Moment = {
      stream: slide.stream,
      timestampMs,
      openedAs: before?.openedAs ?? type,
      type,
      endedAtMs: slide.endMs,
      intensity,
      description: sentence(metadata),
      metadata
    }
    this.#moments.set(slide.stream, moment)
    return keepsPeak || slide.content === undefined ? moment : { ...moment, content: slide.content() }
  }

  /** Forgets the moments that ended before `endMs` (open bound). Costs the number of streams. */
  forgetBefore(endMs: number): void {
    for (const [stream, { endedAtMs }] of this.#moments) if (endedAtMs < endMs) this.#moments.delete(stream)
  }
}

/**
 * The row of a fall. `broadcastsMs`: starts of the stream's latest broadcasts, the newest first; 0
 * = none.
 */
export const momentOfFall = (
  { kind, score, sinceMs, untilMs, usual, value }: Fall,
  slide: StreamSlide,
  strengths: Strengths,
  tempo: Tempo,
  broadcastsMs: ReadonlyArray<number>
): Moment => {
  const { slideMs, spanMs } = tempo
  const timestampMs = EventTimeMs(sinceMs - slideMs)
  const lengthMs = untilMs - sinceMs + slideMs
  const type = kind === "silence" ? "chat_drop" : "viewer_drop"
  return {
    stream: slide.stream,
    timestampMs,
    openedAs: type,
    type,
    endedAtMs: EventTimeMs(untilMs),
    intensity: score,
    description: kind === "silence" ? silenceSentence(lengthMs, usual, spanMs) : lossSentence(value, usual),
    metadata: {
      ...chatMetadata(slide, strengths, tempo, nothingKnown(broadcastsMs, timestampMs)),
      parts: { [kind]: -score }
    },
    ...(slide.content === undefined ? {} : { content: slide.content() })
  }
}

/** The part of the metadata that a moment keeps from slide to slide, whatever its peak is. */
type Kept = Pick<MomentMetadata, "parts" | "viewers" | "usual_viewers" | "mood" | "usual_mood" | "broadcast_start">

/**
 * The same for a moment that begins at `timestampMs`. `broadcastsMs` as in {@link momentOfFall}.
 */
const nothingKnown = (broadcastsMs: ReadonlyArray<number>, timestampMs: number): Kept => ({
  parts: {},
  viewers: null,
  usual_viewers: null,
  mood: null,
  usual_mood: null,
  broadcast_start: isoOf(broadcastsMs.find((startMs) => startMs !== 0 && startMs <= timestampMs))
})

const isoOf = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())

/** The numbers of the chat, and what is known of the other parts before. */
const chatMetadata = (
  { endMs, reaction }: StreamSlide,
  { messages, people, unison, usualMessages }: Strengths,
  { paneMs, spanMs }: Tempo,
  { broadcast_start, mood, parts, usual_mood, usual_viewers, viewers }: Kept
): MomentMetadata => ({
  peak_end: new Date(endMs).toISOString(),
  peak_start: new Date(endMs - spanMs + reaction.busiest * paneMs).toISOString(),
  span_seconds: spanMs / 1000,
  parts,
  people: people.value,
  usual_people: people.usual,
  people_deviation: people.deviation,
  messages,
  usual_messages: usualMessages,
  unison: reaction.unison,
  usual_unison: unison.usual,
  shared: reaction.shared ?? null,
  repeated_text: reaction.repeated.text,
  repeated_messages: reaction.repeated.messages,
  repeated_people: reaction.repeated.people,
  viewers,
  usual_viewers,
  mood,
  usual_mood,
  broadcast_start
})

/** With a part's score where it is the greatest of its detector. */
const withPart = (metadata: MomentMetadata, { name, part }: SeenPart): MomentMetadata => {
  const known = metadata.parts[name]
  const isGreatest = known === undefined || Math.abs(part.score) > Math.abs(known)
  const parts = isGreatest ? { ...metadata.parts, [name]: part.score } : metadata.parts
  switch (name) {
    case "chat":
      return { ...metadata, parts }
    case "viewers":
      return {
        ...metadata,
        parts,
        viewers: Math.max(metadata.viewers ?? part.value, part.value),
        usual_viewers: metadata.usual_viewers ?? part.usual
      }
    case "mood":
      return isGreatest ? { ...metadata, parts, mood: part.value, usual_mood: part.usual } : metadata
  }
}

/** The leading part decides: viewers who come with chatters are a raid. */
const typeOf = (metadata: MomentMetadata): MomentType => {
  const { chat, viewers } = metadata.parts
  if (viewers !== undefined) return chat === undefined ? "viewer_surge" : "raid"
  if (chat === undefined) return "sentiment_shift"
  return isHype(metadata) ? "hype" : "chat_spike"
}
