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
    { intensity, timestampMs }: Pick<Moment, "intensity" | "timestampMs">
  ): Moment {
    const latest = this.#moments.get(slide.stream)
    const before = !isNew && latest?.timestampMs === timestampMs ? latest : undefined
    const keepsPeak = before !== undefined && !isPeak
    const start = keepsPeak ? before.metadata : chatMetadata(slide, strengths, this.#tempo, before?.metadata)
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
    return moment
  }

  /** Forgets the moments that ended before `endMs` (open bound). Costs the number of streams. */
  forgetBefore(endMs: number): void {
    for (const [stream, { endedAtMs }] of this.#moments) if (endedAtMs < endMs) this.#moments.delete(stream)
  }
}

/** The row of a fall. */
export const momentOfFall = (
  { kind, score, sinceMs, untilMs, usual, value }: Fall,
  slide: StreamSlide,
  strengths: Strengths,
  tempo: Tempo
): Moment => {
  const { slideMs, spanMs } = tempo
  const lengthMs = untilMs - sinceMs + slideMs
  const type = kind === "silence" ? "chat_drop" : "viewer_drop"
  return {
    stream: slide.stream,
    timestampMs: EventTimeMs(sinceMs - slideMs),
    openedAs: type,
    type,
    endedAtMs: EventTimeMs(untilMs),
    intensity: score,
    description: kind === "silence" ? silenceSentence(lengthMs, usual, spanMs) : lossSentence(value, usual),
    metadata: { ...chatMetadata(slide, strengths, tempo, undefined), parts: { [kind]: -score } }
  }
}

/** The numbers of the chat, and what is known of the other parts before. */
const chatMetadata = (
  { endMs, reaction }: StreamSlide,
  { messages, people, unison, usualMessages }: Strengths,
  { paneMs, spanMs }: Tempo,
  before: MomentMetadata | undefined
): MomentMetadata => ({
  peak_end: new Date(endMs).toISOString(),
  peak_start: new Date(endMs - spanMs + reaction.busiest * paneMs).toISOString(),
  span_seconds: spanMs / 1000,
  parts: before?.parts ?? {},
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
  viewers: before?.viewers ?? null,
  usual_viewers: before?.usual_viewers ?? null,
  mood: before?.mood ?? null,
  usual_mood: before?.usual_mood ?? null
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
