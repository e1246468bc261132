/**
 * Finds the moments of a task's streams: one for each event in a stream, whichever detectors see
 * it. A pure fold over the slides. The baselines are its whole state; the rows (LatestMoments.ts)
 * have no effect on it.
 */
import * as Broadcasts from "../broadcast/Fold.ts"
import { type BaselineRow, REMEMBERED_MS } from "../domain/Baseline.ts"
import { SESSION_GAP_MS } from "../domain/Broadcast.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import { JOIN_MS, type Moment, momentsReachMs } from "../domain/Moment.ts"
import { NAMED_PEOPLE, NO_REACTION } from "../domain/Reaction.ts"
import type { Thresholds } from "../domain/Sensitivity.ts"
import type { DetectionSettings } from "../domain/Settings.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import {
  Baselines,
  BROADCAST,
  END,
  HELD,
  LOSS_SINCE,
  MOMENT_AT,
  MOMENT_END,
  MOMENT_PARTS,
  MOMENT_PEAK,
  MOMENTS,
  MOOD,
  MOOD_SUM,
  MOOD_TEXTS,
  QUIET_SINCE,
  SLIDES,
  VIEWERS
} from "./Baselines.ts"
import { type Fall, loss, silence } from "./Falls.ts"
import { type Advance, LatestMoments, momentOfFall, type SeenPart } from "./LatestMoments.ts"
import { judge, type Part, Strengths } from "./Strengths.ts"
import { type Tempo, tempoOf } from "./Tempo.ts"
import { StreamThresholds } from "./Thresholds.ts"

/** The bit of each detector in {@link MOMENT_PARTS}. */
const BITS: Readonly<Record<SeenPart["name"], number>> = { chat: 1, viewers: 2, mood: 4 }

/** The type of a moment of each detector alone. */
const ALONE = { chat: "chat_spike", viewers: "viewer_surge", mood: "sentiment_shift" } as const

/** Slides and time until a stream is known. */
const WARM_UP_SLIDES = 12
const WARM_UP_MS = 120_000
/**
 * Viewers come over many minutes when a stream starts: until they are known it takes so many times
 * as long.
 */
const VIEWERS_WARM_UPS = 5
/** Knowledge from before a break is worth this many slides. */
const REMEMBERED_SLIDES = 6
/** The held peak is at most so many thresholds. */
const HELD_MOST = 3
/** Soon after a turn of the mood, another must be so many times its size. */
const MOOD_HOLD = 2
/** The share that each recent moment adds to the threshold, if moments are restrained. */
const RESTRAINT = 0.25

const NO_FALLS: ReadonlyArray<Fall> = []
const UNMOVED = { falls: NO_FALLS, advance: undefined }

/** The result of judging a slide. */
export interface Judged {
  /** The chat's score; `null` until the stream is known. */
  readonly zScore: number | null
  /** Whether the score is at least the threshold in force. */
  readonly isAnomaly: boolean
  /** Whether the slide is the first one of a broadcast. */
  readonly beginsBroadcast: boolean
  /** Moments that opened, continued or became certain, as they are now. */
  readonly moments: ReadonlyArray<Moment>
}

export class Moments {
  readonly #tempo: Tempo
  readonly thresholds: StreamThresholds
  readonly #warmUpSlides: number
  readonly #viewersWarmUpMs: number
  readonly #momentsReachMs: number
  readonly baselines = new Baselines()
  readonly #latest: LatestMoments
  readonly #strengths = new Strengths()
  readonly #broadcasts: Broadcasts.BroadcastSettings

  /**
   * `moments`: those of the past within {@link momentsReachMs} of the next slide; others do no
   * harm. `sessionGapMs`: a longer pause ends a broadcast.
   */
  constructor(
    window: WindowSettings,
    { threshold, warmUpMs = WARM_UP_MS }: DetectionSettings,
    moments: ReadonlyArray<Moment> = [],
    sessionGapMs = SESSION_GAP_MS
  ) {
    this.#broadcasts = { slideMs: window.slideMs, sessionGapMs }
    this.#tempo = tempoOf(window)
    this.thresholds = new StreamThresholds(threshold)
    this.#warmUpSlides = Math.max(WARM_UP_SLIDES, Math.ceil(warmUpMs / window.slideMs))
    this.#momentsReachMs = momentsReachMs(window)
    this.#viewersWarmUpMs = VIEWERS_WARM_UPS * warmUpMs
    this.#latest = new LatestMoments(this.#tempo, moments)
  }

  /** Takes baselines of the past in, before any slide. */
  restore(rows: ReadonlyArray<BaselineRow>): void {
    for (const row of rows) this.baselines.restore(row)
  }

  /**
   * Learns a slide of the past, whose moments are in the tables. A slide that is already learned
   * changes nothing. Returns whether it was new.
   */
  learn(slide: StreamSlide): boolean {
    const place = this.baselines.placeOf(slide.stream)
    if (this.baselines.at(place, END) >= slide.endMs) return false
    this.thresholds.reach(slide.endMs)
    Broadcasts.advance(this.baselines.numbers, place + BROADCAST, slide, this.#broadcasts)
    this.#advance(place, slide, this.#judge(place, slide), this.thresholds.of(slide.stream))
    return true
  }

  /** Whether the slide of the stream at a place ends the broadcast before it. */
  endsBroadcast(place: number, slide: StreamSlide): boolean {
    return Broadcasts.ends(this.baselines.numbers, place + BROADCAST, slide, this.#broadcasts)
  }

  /**
   * Judges a stream's slide, which ends after all others of the stream. `place`: that of its
   * baseline.
   */
  step(slide: StreamSlide, place = this.baselines.placeOf(slide.stream)): Judged {
    const { numbers } = this.baselines
    const broadcastBeforeMs = Broadcasts.startedAt(numbers, place + BROADCAST)
    Broadcasts.advance(numbers, place + BROADCAST, slide, this.#broadcasts)
    const broadcastMs = Broadcasts.startedAt(numbers, place + BROADCAST)
    this.thresholds.reach(slide.endMs)
    const thresholds = this.thresholds.of(slide.stream)
    const strengths = this.#judge(place, slide)
    const { advance, falls } = this.#advance(place, slide, strengths, thresholds)
    // A silence can end with the first slide of the next broadcast.
    const moments = falls.map((fall) =>
      momentOfFall(fall, slide, strengths, this.#tempo, [broadcastMs, broadcastBeforeMs])
    )
    if (advance !== undefined) {
      const timestampMs = EventTimeMs(this.baselines.at(place, MOMENT_AT))
      const intensity = this.baselines.at(place, MOMENT_PEAK)
      const start = { intensity, timestampMs, broadcastMs }
      moments.push(this.#latest.advance(advance, slide, strengths, start))
    }
    const zScore = strengths.isKnown ? strengths.chat : null
    return {
      zScore,
      isAnomaly: zScore !== null && zScore >= thresholds.chat_spike,
      beginsBroadcast: broadcastMs !== 0 && broadcastMs !== broadcastBeforeMs,
      moments
    }
  }

  /**
   * Forgets everything that no slide that ends at or after `endMs` (closed bound) needs. Streams at
   * places that wait to be stored stay. Costs the number of streams.
   */
  forgetBefore(endMs: number, isWaiting: (place: number) => boolean = () => false): void {
    const silentMs = (this.#tempo.silentSlides + 1) * this.#tempo.slideMs
    this.baselines.forget((place) => {
      const goneMs = endMs - this.baselines.at(place, END)
      const isUnused = goneMs > REMEMBERED_MS || (goneMs > silentMs && !this.#isKnown(place))
      return isUnused && this.#isOver(place, endMs) && !isWaiting(place)
    })
    this.#latest.forgetBefore(endMs - this.#momentsReachMs)
  }

  #isOver(place: number, endMs: number): boolean {
    return Broadcasts.isOver(this.baselines.numbers, place + BROADCAST, endMs, this.#broadcasts)
  }

  #isKnown(place: number): boolean {
    return this.baselines.at(place, SLIDES) >= this.#warmUpSlides
  }

  #judge(place: number, slide: StreamSlide): Strengths {
    this.#pass(place, slide)
    return judge(this.baselines, place, slide, this.#tempo, this.#isKnown(place), this.#strengths)
  }

  /**
   * Lets the time since the stream's last slide pass. The peak and the count of moments decay.
   * Slides without a row count as silence, up to the length of a break.
   */
  #pass(place: number, { endMs, stream }: StreamSlide): void {
    const lastMs = this.baselines.at(place, END)
    if (lastMs === 0) return
    const missing = (endMs - lastMs) / this.#tempo.slideMs - 1
    if (missing > this.#tempo.silentSlides) {
      this.#passBreak(place, endMs - lastMs)
      return
    }
    for (let slide = 1; slide <= missing; slide++) {
      this.#decay(place)
      const missed = silent(stream, lastMs + slide * this.#tempo.slideMs)
      judge(this.baselines, place, missed, this.#tempo, false, this.#strengths)
    }
    this.#decay(place)
  }

  /**
   * Lets a break pass: knowledge from before it counts little. A stream that was hardly known, or
   * is long gone, is new.
   */
  #passBreak(place: number, goneMs: number): void {
    const { numbers } = this.baselines
    if (goneMs > REMEMBERED_MS || !this.#isKnown(place)) {
      numbers.fill(0, place, place + BROADCAST)
      return
    }
    numbers[place + SLIDES] = REMEMBERED_SLIDES
    numbers[place + HELD] = 0
    numbers[place + QUIET_SINCE] = 0
    numbers[place + LOSS_SINCE] = 0
    numbers[place + MOOD_TEXTS] = 0
    numbers[place + MOOD_SUM] = 0
  }

  #decay(place: number): void {
    const { baselines } = this
    baselines.numbers[place + HELD] = baselines.at(place, HELD) * this.#tempo.heldDecay
    baselines.numbers[place + MOMENTS] = baselines.at(place, MOMENTS) * (this.#tempo.restraintDecay ?? 0)
  }

  /** Moves the stream's state on by a slide that has been judged. */
  #advance(
    place: number,
    slide: StreamSlide,
    strengths: Strengths,
    thresholds: Thresholds
  ): { readonly falls: ReadonlyArray<Fall>; readonly advance: Advance | undefined } {
    if (!strengths.isKnown) return UNMOVED
    const falls = this.#falls(place, slide, strengths, thresholds)
    const parts = this.#parts(place, slide, strengths, thresholds)
    return { falls, advance: parts.length === 0 ? undefined : this.#take(place, parts, slide, thresholds) }
  }

  #falls(place: number, slide: StreamSlide, strengths: Strengths, thresholds: Thresholds): ReadonlyArray<Fall> {
    const { numbers } = this.baselines
    const { people, viewers } = strengths
    const quiet = silence(numbers, place, slide, strengths, this.#tempo, thresholds.chat_drop)
    const lost =
      viewers === undefined || !this.#knowsViewers(place)
        ? undefined
        : loss(numbers, place, slide.endMs, { people, viewers }, thresholds.viewer_drop)
    return quiet === undefined && lost === undefined ? NO_FALLS : [quiet, lost].filter((fall) => fall !== undefined)
  }

  #knowsViewers(place: number): boolean {
    return this.baselines.at(place, SLIDES) * this.#tempo.slideMs >= this.#viewersWarmUpMs
  }

  /**
   * Detectors that see something at this slide. A part is judged by the threshold of the type that
   * the moment has with it. Chat and viewers together are a raid, whichever comes first. If only
   * the chat passes, it is a moment without viewers. A mood has its own threshold in every moment.
   */
  #parts(place: number, slide: StreamSlide, strengths: Strengths, thresholds: Thresholds): ReadonlyArray<SeenPart> {
    const { baselines } = this
    const { chat, mood, people, viewers } = strengths
    const restraint = 1 + RESTRAINT * baselines.at(place, MOMENTS)
    const held = baselines.at(place, HELD)
    const isOpening = (name: SeenPart["name"], score: number, threshold: number): boolean =>
      score >= threshold * restraint && (score > held || this.#canJoin(place, name, slide.endMs))
    const isOfChat = (threshold: number): boolean =>
      slide.reaction.people >= NAMED_PEOPLE && isOpening("chat", chat, threshold)
    const isOfViewers = (threshold: number): boolean =>
      viewers !== undefined && this.#knowsViewers(place) && isOpening("viewers", viewers.score, threshold)

    const ofChat = this.#joins(place, "viewers", slide.endMs) ? thresholds.raid : thresholds.chat_spike
    const isContinued = this.#has(place, "chat") && this.#isContinued(place, slide.endMs) && chat >= ofChat / 2
    const isRaid = isOfChat(thresholds.raid) && isOfViewers(thresholds.raid)
    const hasChat = isContinued || isRaid || isOfChat(ofChat)
    const isWithChat = hasChat || this.#joins(place, "chat", slide.endMs)
    const parts: Array<SeenPart> = []
    if (hasChat) parts.push({ name: "chat", part: { ...people, score: chat } })
    if (viewers !== undefined && isOfViewers(isWithChat ? thresholds.raid : thresholds.viewer_surge))
      parts.push({ name: "viewers", part: viewers })
    if (mood !== undefined && isOpening("mood", Math.abs(mood.score), thresholds.sentiment_shift))
      parts.push({ name: "mood", part: mood })
    return parts
  }

  /** Whether a part of this slide would join a moment that has the named part. */
  #joins(place: number, name: SeenPart["name"], endMs: number): boolean {
    return this.#has(place, name) && this.#hasJustEnded(place, endMs)
  }

  #has(place: number, name: SeenPart["name"]): boolean {
    return (this.baselines.at(place, MOMENT_PARTS) & BITS[name]) !== 0
  }

  /** Whether the latest moment ended with the slide before. */
  #isContinued(place: number, endMs: number): boolean {
    return endMs === this.baselines.at(place, MOMENT_END) + this.#tempo.slideMs
  }

  /**
   * Whether a part can join the latest moment: the moment has just ended and lacks the part.
   * Viewers can join again, because an audience arrives over several samples. A part that joins
   * need not exceed the held peak, which is the moment's own.
   */
  #canJoin(place: number, name: SeenPart["name"], endMs: number): boolean {
    return this.#hasJustEnded(place, endMs) && (name === "viewers" || !this.#has(place, name))
  }

  #hasJustEnded(place: number, endMs: number): boolean {
    return endMs - this.baselines.at(place, MOMENT_END) <= JOIN_MS
  }

  /** Adds parts to the latest moment, if it continues or they can join it; else opens a new one. */
  #take(place: number, parts: ReadonlyArray<SeenPart>, { endMs }: StreamSlide, thresholds: Thresholds): Advance {
    const { baselines } = this
    const { numbers } = baselines
    for (const { name, part } of parts) this.#accept(place, name, part, thresholds)
    const peak = Math.max(...parts.map(({ part }) => Math.abs(part.score)))
    numbers[place + HELD] = Math.max(
      baselines.at(place, HELD),
      Math.min(peak, HELD_MOST * greatestOf(parts, thresholds))
    )
    const isNew = !this.#isContinued(place, endMs) && !parts.every(({ name }) => this.#canJoin(place, name, endMs))
    const isPeak = isNew || peak > baselines.at(place, MOMENT_PEAK)
    if (isNew) {
      numbers[place + MOMENTS] = baselines.at(place, MOMENTS) + 1
      numbers[place + MOMENT_AT] = endMs - this.#tempo.slideMs
      numbers[place + MOMENT_PARTS] = 0
    }
    numbers[place + MOMENT_END] = endMs
    numbers[place + MOMENT_PARTS] = parts.reduce(
      (bits, { name }) => bits | BITS[name],
      baselines.at(place, MOMENT_PARTS)
    )
    if (isPeak) numbers[place + MOMENT_PEAK] = peak
    return { isNew, isPeak, parts }
  }

  /**
   * A new level of viewers or mood is the usual one at once, so that it is reported once. Counts
   * over weeks keep their memory.
   */
  #accept(place: number, name: SeenPart["name"], { usual, value }: Part, thresholds: Thresholds): void {
    const { numbers } = this.baselines
    if (name === "viewers" && this.#tempo.restraintDecay === undefined) numbers[place + VIEWERS] = value
    if (name !== "mood") return
    numbers[place + MOOD] = value
    // The mood may move farther or return without another moment. This never lowers the deviation:
    // an accepted part is at least `threshold` scales away, and a scale is at least the deviation.
    const held = (MOOD_HOLD * Math.abs(value - usual)) / thresholds.sentiment_shift
    numbers[place + MOOD + 1] = held
  }
}

/** The greatest threshold of the parts, each as if alone. */
const greatestOf = (parts: ReadonlyArray<SeenPart>, thresholds: Thresholds): number =>
  Math.max(...parts.map(({ name }) => thresholds[ALONE[name]]))

const silent = (stream: string, endMs: number): StreamSlide => ({
  stream,
  endMs: EventTimeMs(endMs),
  reaction: NO_REACTION,
  viewerSum: 0,
  viewerSamples: 0,
  slideMessages: 0,
  slideScored: 0,
  slideScoreMicro: 0
})
