/**
 * Finds the incidents of a task's streams: one for what happens in a stream at a time, whichever detectors see it. A pure fold over the slides; the baselines and the incidents that may go on are its
 * whole state, so that a restored fold and an uninterrupted one give the same.
 */
import type { BaselineRow } from "../domain/Baseline.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import type { Incident, IncidentMetadata, IncidentType } from "../domain/Incident.ts"
import { NAMED_PEOPLE, NO_REACTION } from "../domain/Reaction.ts"
import type { WindowSettings } from "../domain/Settings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import { Baselines, END, HELD, MOMENTS, MOOD, QUIET_SINCE, SLIDES, VIEWERS, WIDTH } from "./Baselines.ts"
import { type Fall, loss, silence } from "./Falls.ts"
import { isHype, lossSentence, sentence, silenceSentence } from "./Sentence.ts"
import { judge, type Part, type Strengths } from "./Strengths.ts"
import { type Tempo, tempoOf } from "./Tempo.ts"

/** What a detector sees at a slide. */
interface SeenPart {
  readonly name: "chat" | "viewers" | "mood"
  readonly part: Part
}

/** Slides and time until a stream is known. */
const WARM_UP_SLIDES = 12
const WARM_UP_MS = 120_000
/** Viewers come over many minutes when a stream starts. */
const VIEWERS_WARM_UP_MS = 600_000
/** What a new broadcast knows of the one before it is worth so many slides. */
const REMEMBERED_SLIDES = 6
/** The held peak is at most so many thresholds. */
const HELD_MOST = 3
/** What each recent moment adds to the threshold, where moments are restrained. */
const RESTRAINT = 0.25
/** A part joins an incident that ended no longer ago. */
const JOIN_MS = 90_000
/** A stream that has been gone for longer is a new one. */
export const REMEMBERED_MS = 8 * 24 * 3_600_000

/** What a slide came to. */
export interface Judged {
  /** The chat's score, `null` while the stream is not known well enough. */
  readonly zScore: number | null
  /** Incidents that opened, went on or became certain: the last one of a stream and timestamp counts. */
  readonly incidents: ReadonlyArray<Incident>
}

export class Incidents {
  readonly #tempo: Tempo
  readonly #threshold: number
  readonly #warmUpSlides: number
  readonly baselines: Baselines
  /** By stream: the latest, as long as something may join it. */
  readonly #recent = new Map<string, Incident>()

  /** `past`: the streams' baselines, and the incidents that ended at most {@link JOIN_MS} before the next slide; others do no harm. */
  constructor(
    window: WindowSettings,
    threshold: number,
    past: { readonly baselines: ReadonlyArray<BaselineRow>; readonly incidents: ReadonlyArray<Incident> }
  ) {
    this.#tempo = tempoOf(window)
    this.#threshold = threshold
    this.#warmUpSlides = Math.max(WARM_UP_SLIDES, Math.ceil(WARM_UP_MS / window.slideMs))
    this.baselines = new Baselines(past.baselines)
    for (const incident of past.incidents) {
      const { parts } = incident.metadata
      const isFall = parts.silence !== undefined || parts.loss !== undefined
      const known = this.#recent.get(incident.stream)
      if (!isFall && incident.timestampMs > (known?.timestampMs ?? Number.NEGATIVE_INFINITY))
        this.#recent.set(incident.stream, incident)
    }
  }

  /** The length of the reaction spans that the slides must have. */
  get spanMs(): number {
    return this.#tempo.spanMs
  }

  /** Judges a stream's slide, which ends after all others of the stream. */
  step(slide: StreamSlide): Judged {
    const place = this.baselines.placeOf(slide.stream)
    this.#pass(place, slide)
    const { numbers } = this.baselines
    const isKnown = (numbers[place + SLIDES] ?? 0) >= this.#warmUpSlides
    const strengths = judge(this.baselines, place, slide, this.#tempo)
    const falls = isKnown ? this.#falls(place, slide, strengths) : []
    const incident = isKnown ? this.#advance(place, slide, strengths) : undefined
    if (incident !== undefined) this.#recent.set(slide.stream, incident)
    return {
      zScore: isKnown ? strengths.chat : null,
      incidents: incident === undefined ? falls : [...falls, incident]
    }
  }

  /** Forgets what no later slide asks for. Costs the number of streams. */
  forgetBefore(endMs: number): void {
    this.baselines.forgetBefore(endMs - REMEMBERED_MS)
    for (const [stream, { endedAtMs }] of this.#recent) if (endedAtMs < endMs - JOIN_MS) this.#recent.delete(stream)
  }

  /** Lets the time since the stream's last slide pass: what holds back decays, and slides without row count as silence, up to a length that ends a broadcast. */
  #pass(place: number, { endMs, stream }: StreamSlide): void {
    const { numbers } = this.baselines
    const lastMs = numbers[place + END] ?? 0
    if (lastMs === 0) return
    if (endMs - lastMs > REMEMBERED_MS) {
      numbers.fill(0, place, place + WIDTH)
      this.#startBroadcast(place, 0)
      return
    }
    const missing = (endMs - lastMs) / this.#tempo.slideMs - 1
    if (missing > this.#tempo.silentSlides) {
      this.#startBroadcast(place, Math.min(REMEMBERED_SLIDES, numbers[place + SLIDES] ?? 0))
      return
    }
    for (let slide = 1; slide <= missing; slide++) {
      this.#decay(place)
      judge(this.baselines, place, silent(stream, lastMs + slide * this.#tempo.slideMs), this.#tempo)
    }
    this.#decay(place)
  }

  #startBroadcast(place: number, slides: number): void {
    const { numbers } = this.baselines
    numbers[place + SLIDES] = slides
    numbers[place + HELD] = 0
    numbers[place + QUIET_SINCE] = 0
  }

  #decay(place: number): void {
    const { numbers } = this.baselines
    numbers[place + HELD] = (numbers[place + HELD] ?? 0) * this.#tempo.heldDecay
    numbers[place + MOMENTS] = (numbers[place + MOMENTS] ?? 0) * (this.#tempo.restraintDecay ?? 0)
  }

  #falls(place: number, slide: StreamSlide, strengths: Strengths): ReadonlyArray<Incident> {
    const { numbers } = this.baselines
    const { people, viewers } = strengths
    const quiet = silence(numbers, place, slide, strengths, this.#tempo, this.#threshold)
    const lost =
      viewers === undefined || !this.#knowsViewers(place)
        ? undefined
        : loss(numbers, place, slide.endMs, { people, viewers }, this.#threshold)
    return [quiet, lost].filter((fall) => fall !== undefined).map((fall) => this.#fallen(fall, slide, strengths))
  }

  #knowsViewers(place: number): boolean {
    return (this.baselines.numbers[place + SLIDES] ?? 0) * this.#tempo.slideMs >= VIEWERS_WARM_UP_MS
  }

  /** The stream's incident after the slide; `undefined` when nothing opens, goes on or joins. */
  #advance(place: number, slide: StreamSlide, strengths: Strengths): Incident | undefined {
    const recent = this.#recent.get(slide.stream)
    const parts = this.#parts(place, slide, strengths, recent)
    if (parts.length === 0) return undefined
    const { numbers } = this.baselines
    for (const { name, part } of parts) this.#accept(place, name, part)
    const score = Math.max(...parts.map(({ part }) => Math.abs(part.score)))
    numbers[place + HELD] = Math.max(numbers[place + HELD] ?? 0, Math.min(score, HELD_MOST * this.#threshold))
    const joined = recent !== undefined && this.#joins(recent, parts, slide) ? recent : undefined
    if (joined === undefined) numbers[place + MOMENTS] = (numbers[place + MOMENTS] ?? 0) + 1
    return this.#incident(joined, parts, slide, strengths)
  }

  /** Detectors that see something at this slide. */
  #parts(
    place: number,
    slide: StreamSlide,
    { chat, mood, people, viewers }: Strengths,
    recent: Incident | undefined
  ): ReadonlyArray<SeenPart> {
    const { numbers } = this.baselines
    const opens = this.#threshold * (1 + RESTRAINT * (numbers[place + MOMENTS] ?? 0))
    const held = numbers[place + HELD] ?? 0
    const isOpening = (name: SeenPart["name"], score: number): boolean =>
      score >= opens && (score > held || lacks(recent, name, slide.endMs))
    const goesOn =
      recent?.metadata.parts.chat !== undefined &&
      slide.endMs === recent.endedAtMs + this.#tempo.slideMs &&
      chat >= this.#threshold / 2
    const parts: Array<SeenPart> = []
    if (goesOn || (slide.reaction.people >= NAMED_PEOPLE && isOpening("chat", chat)))
      parts.push({ name: "chat", part: { ...people, score: chat } })
    if (viewers !== undefined && this.#knowsViewers(place) && isOpening("viewers", viewers.score))
      parts.push({ name: "viewers", part: viewers })
    if (mood !== undefined && isOpening("mood", Math.abs(mood.score))) parts.push({ name: "mood", part: mood })
    return parts
  }

  /** A new level of viewers or mood is the usual one at once, so that it is reported once. Counts over weeks keep their memory. */
  #accept(place: number, name: SeenPart["name"], { value }: Part): void {
    if (name === "viewers" && this.#tempo.restraintDecay === undefined) this.baselines.numbers[place + VIEWERS] = value
    if (name === "mood") this.baselines.numbers[place + MOOD] = value
  }

  /** Whether the parts belong to the stream's latest incident: it goes on, or it lacks them and has just been. */
  #joins(recent: Incident, parts: ReadonlyArray<SeenPart>, { endMs }: StreamSlide): boolean {
    if (endMs === recent.endedAtMs + this.#tempo.slideMs) return true
    return parts.every(({ name }) => lacks(recent, name, endMs))
  }

  #incident(
    before: Incident | undefined,
    parts: ReadonlyArray<SeenPart>,
    slide: StreamSlide,
    strengths: Strengths
  ): Incident {
    const peak = Math.max(...parts.map(({ part }) => Math.abs(part.score)))
    const isPeak = before === undefined || peak > before.intensity
    const start = isPeak ? chatMetadata(slide, strengths, this.#tempo.spanMs, before?.metadata) : before.metadata
    const metadata = parts.reduce(withPart, start)
    return {
      stream: slide.stream,
      type: typeOf(metadata),
      timestampMs: before?.timestampMs ?? EventTimeMs(slide.endMs - this.#tempo.slideMs),
      endedAtMs: slide.endMs,
      intensity: Math.max(before?.intensity ?? 0, peak),
      description: sentence(metadata),
      metadata
    }
  }

  #fallen({ kind, score, sinceMs, untilMs, usual, value }: Fall, slide: StreamSlide, strengths: Strengths): Incident {
    const metadata = chatMetadata(slide, strengths, this.#tempo.spanMs, undefined)
    const lengthMs = untilMs - sinceMs + this.#tempo.slideMs
    return {
      stream: slide.stream,
      type: kind === "silence" ? "chat_drop" : "viewer_drop",
      timestampMs: EventTimeMs(sinceMs - this.#tempo.slideMs),
      endedAtMs: EventTimeMs(untilMs),
      intensity: score,
      description:
        kind === "silence" ? silenceSentence(lengthMs, usual, this.#tempo.spanMs) : lossSentence(value, usual),
      metadata: { ...metadata, parts: { [kind]: -score } }
    }
  }
}

/** Whether a part can join the incident: it has just been, and lacks it. What joins need not pass the held peak, which is the incident's own. */
const lacks = (incident: Incident | undefined, name: SeenPart["name"], endMs: number): boolean =>
  incident !== undefined && endMs - incident.endedAtMs <= JOIN_MS && incident.metadata.parts[name] === undefined

/** The numbers of the chat, and what is known of the other parts before. */
const chatMetadata = (
  { endMs, reaction }: StreamSlide,
  { messages, people, unison }: Strengths,
  spanMs: number,
  before: IncidentMetadata | undefined
): IncidentMetadata => ({
  peak_end: new Date(endMs).toISOString(),
  span_seconds: spanMs / 1000,
  parts: before?.parts ?? {},
  people: people.value,
  usual_people: people.usual,
  people_deviation: people.deviation,
  messages: messages.value,
  usual_messages: messages.usual,
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
const withPart = (metadata: IncidentMetadata, { name, part }: SeenPart): IncidentMetadata => {
  const known = metadata.parts[name]
  if (known !== undefined && Math.abs(known) >= Math.abs(part.score)) return metadata
  const parts = { ...metadata.parts, [name]: part.score }
  switch (name) {
    case "chat":
      return { ...metadata, parts }
    case "viewers":
      return { ...metadata, parts, viewers: part.value, usual_viewers: part.usual }
    case "mood":
      return { ...metadata, parts, mood: part.value, usual_mood: part.usual }
  }
}

/** The leading part decides: viewers who come with chatters are a raid. */
const typeOf = (metadata: IncidentMetadata): IncidentType => {
  const { chat, viewers } = metadata.parts
  if (viewers !== undefined) return chat === undefined ? "viewer_surge" : "raid"
  if (chat === undefined) return "sentiment_shift"
  return isHype(metadata) ? "hype" : "chat_spike"
}

const silent = (stream: string, endMs: number): StreamSlide => ({
  stream,
  endMs: EventTimeMs(endMs),
  reaction: NO_REACTION,
  viewerSum: 0,
  viewerSamples: 0
})
