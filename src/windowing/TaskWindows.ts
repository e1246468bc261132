/**
 * A task's windows: decoded batches and ticks in, closed windows out. Composes the watermarks, the
 * inputs' operators, the join, idleness and alignment.
 */
import { NO_SAMPLES } from "../domain/ChatContent.ts"
import type { Checkpoint, EarlierRead, Emitted, InputCheckpoint } from "../domain/Checkpoint.ts"
import type { EventColumns } from "../domain/EventColumns.ts"
import { AFTER_ALL, EventTimeMs } from "../domain/EventTime.ts"
import { type InputCounts, NO_COUNTS } from "../domain/Flush.ts"
import type { Gap } from "../domain/Gap.ts"
import { invariant, present } from "../domain/Invariant.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import { reactionSpanMs } from "../domain/WindowSettings.ts"
import type { WindowSummary } from "../domain/SummaryRow.ts"
import { maxDriftMs, readable } from "./Alignment.ts"
import { Gaps } from "./Gaps.ts"
import type { IdleClock } from "./IdleClock.ts"
import { Idleness } from "./Idleness.ts"
import { RereadIndex } from "./RereadIndex.ts"
import { paneLimits } from "./PaneLimits.ts"
import * as SlidingWindows from "./SlidingWindows.ts"
import { Watermarks } from "./Watermarks.ts"
import { WindowJoin } from "./WindowJoin.ts"
import { WindowOperator } from "./WindowOperator.ts"
import type { DecodedBatch } from "../domain/DecodedBatch.ts"
import type { Tick } from "../domain/TaskInput.ts"
import type { Progress, WindowInput, WindowOutput } from "./WindowOutput.ts"

/** The later parts of a result have no counts, dead letters or gaps. */
const NO_NEWS: Pick<WindowOutput, "counts" | "deadLetters" | "gaps"> = { counts: NO_COUNTS, deadLetters: [], gaps: [] }

/** The rows of one element. */
class ElementRows {
  readonly #most: number
  #rows: Array<WindowSummary> = []

  constructor(most: number) {
    this.#most = most
  }

  get isFull(): boolean {
    return this.#rows.length >= this.#most
  }

  add(row: WindowSummary): void {
    this.#rows.push(row)
  }

  /** Returns the rows and keeps none of them. */
  take(): ReadonlyArray<WindowSummary> {
    const rows = this.#rows
    this.#rows = []
    return rows
  }
}

/** The new events of one batch that do not count in all their windows. */
class Losses {
  /** Events that count in no window, and the last of them; -1 = none. */
  late = 0
  lastLate = -1
  /** Events that a pane has no room for. */
  cutEvents = 0
  /** Pairs of an event and a window that was closed before it. */
  droppedPairs = 0
}

interface InputState {
  readonly checkpoint: InputCheckpoint
  readonly operator: WindowOperator
  readonly reread: RereadIndex
  nextOffset: bigint
  /** Changes of settings that are still ahead. */
  earlier: ReadonlyArray<EarlierRead>
  readonly idleClock: IdleClock
}

export class TaskWindows {
  readonly #settings: PipelineSettings
  readonly #windows: SlidingWindows.SlidingWindows
  readonly #marks: Watermarks
  readonly #idleness: Idleness
  readonly #join: WindowJoin
  readonly #inputs: ReadonlyArray<InputState>
  readonly #driftMs: number
  readonly #gaps: Gaps
  readonly #partialToMs: EventTimeMs
  /** Inputs with an open transaction, as of the last tick. */
  #openTransactions: ReadonlyArray<number> = []
  /** Windows that end at or before it (closed bound) have been given. */
  #givenToMs: EventTimeMs
  /** The window that is being given, up to which stream. */
  #emitted: Emitted | undefined

  /**
   * Starts from a checkpoint and the gaps that may touch its open windows; the inputs will be read
   * from their re-read offsets. `monotonicMs` is the time of the assignment; `idleClocks`: one for
   * each input, its owner keeps them.
   */
  constructor(
    settings: PipelineSettings,
    checkpoint: Checkpoint,
    gaps: ReadonlyArray<Gap>,
    monotonicMs: number,
    idleClocks: ReadonlyArray<IdleClock> = []
  ) {
    this.#settings = settings
    this.#windows = SlidingWindows.make(settings.window)
    this.#gaps = new Gaps(gaps)
    this.#partialToMs = checkpoint.partialToMs
    this.#givenToMs = checkpoint.watermarkMs
    this.#emitted = checkpoint.emitted
    this.#driftMs = maxDriftMs(settings.window, settings.read.watermarkDelayMs)
    this.#join = new WindowJoin(this.#windows, settings.topEmotes, settings.samples ?? NO_SAMPLES)
    this.#idleness = new Idleness(settings.idleTimeoutMs, checkpoint.inputs.length, monotonicMs)
    this.#marks = new Watermarks(
      {
        sizeMs: settings.window.sizeMs,
        watermarkMs: checkpoint.watermarkMs
      },
      checkpoint.inputs.map((input) => ({
        delayMs: (input.earlier[0]?.settings ?? settings.read).watermarkDelayMs,
        maxTimeMs: input.maxTimeBeforeRereadMs,
        active: input.active,
        rereading: input.rereadOffset < input.nextOffset
      }))
    )
    const limitsOf = (kind: InputCheckpoint["kind"]) =>
      paneLimits(this.#windows, settings.limits, checkpoint.inputs.filter((input) => input.kind === kind).length)
    const limits = { chat: limitsOf("chat"), viewer: limitsOf("viewer") }
    const severalChats = checkpoint.inputs.filter((input) => input.kind === "chat").length > 1
    this.#inputs = checkpoint.inputs.map((input, index) => ({
      checkpoint: input,
      operator: new WindowOperator(
        this.#windows,
        this.#limitMs(index, input.rereadOffset),
        severalChats ? undefined : settings.topEmotes,
        reactionSpanMs(settings.window),
        limits[input.kind],
        (settings.samples ?? NO_SAMPLES).most > 0 && input.kind === "chat"
      ),
      reread: new RereadIndex(this.#windows),
      nextOffset: input.rereadOffset,
      earlier: input.earlier,
      idleClock: idleClocks[index] ?? { maxTimeMs: input.maxTimeBeforeRereadMs, raisedAtMs: monotonicMs }
    }))
    for (const [index, { idleClock }] of this.#inputs.entries()) this.#idleness.raised(index, idleClock.raisedAtMs)
  }

  /**
   * The task's watermark: new events are late for windows that end at or before it (closed bound).
   * A window that is written in part is such a window.
   */
  get watermarkMs(): EventTimeMs {
    return EventTimeMs(Math.max(this.#marks.taskMs, this.#emitted?.endMs ?? this.#marks.taskMs))
  }

  /** Whether an input holds the task's watermark; `false` = idle. */
  isActive(input: number): boolean {
    return this.#marks.isActive(input)
  }

  /** Which inputs may be read next, the furthest behind first. */
  demand(): ReadonlyArray<number> {
    return readable(this.#marks.aligned(), this.#driftMs)
  }

  /** Whether a tick with end offsets could make an input idle. */
  wantsEnds(monotonicMs: number): boolean {
    return this.#candidates().some((input) => this.#idleness.wantsEnd(input, monotonicMs))
  }

  /** Whether the watermark follows the clock: all inputs are idle, and a window is open. */
  get followsClock(): boolean {
    return this.#marks.allIdle && this.#marks.taskMs < this.#lastOpenEnd()
  }

  /** How many streams hold open windows, summed over the inputs. */
  get openStreams(): number {
    return this.#inputs.reduce((sum, { operator }) => sum + operator.streams, 0)
  }

  /**
   * Processes an input and returns its rows in parts of at most `maxRows`. A part is computed when
   * it is pulled, so one window at a time is in memory, however many close at once. Either all
   * parts must be pulled before the next input, or none but `Stop` may follow. `undefined` among
   * them is a pause: other fibers may run.
   */
  *results(input: WindowInput, maxRows: number): Generator<WindowOutput | undefined, void> {
    const counts = yield* this.#take(input)
    const whole = {
      cause: input._tag,
      input: input._tag === "Decoded" ? input.input : undefined,
      tick: input._tag === "Tick" ? input : undefined
    }
    let news: Pick<WindowOutput, "counts" | "deadLetters" | "gaps"> = {
      counts,
      deadLetters: input._tag === "Decoded" ? input.deadLetters : [],
      gaps: this.#gaps.takeChanged()
    }
    const rows = new ElementRows(maxRows)
    // Rows that were not emitted before a stop are emitted after the restart.
    for (const _ of input._tag === "Stop" ? [] : this.#emit(rows)) {
      if (!rows.isFull) {
        yield undefined
        continue
      }
      yield { ...whole, ...news, isLast: false, rows: rows.take(), progress: this.#progress() }
      news = NO_NEWS
    }
    yield { ...whole, ...news, isLast: true, rows: rows.take(), progress: this.#progress() }
  }

  /**
   * Updates the state by an input. The rows of windows that it closes come from {@link #emit}.
   * Pauses.
   */
  *#take(input: WindowInput): Generator<undefined, InputCounts> {
    switch (input._tag) {
      case "Decoded":
        return yield* this.#count(input)
      case "Gap":
        this.#lose(input.input, input.toOffset)
        break
      case "Tick":
        this.#pass(input)
        break
      case "EndOfInput":
        this.#marks.raiseTo(AFTER_ALL)
        break
      case "Stop":
    }
    return NO_COUNTS
  }

  *#count(batch: DecodedBatch): Generator<undefined, InputCounts> {
    const state = this.#at(batch.input)
    const { operator } = state
    const { events, rereadEvents } = batch
    // Re-read events have been counted before.
    yield* this.#countEvents(batch, state, new Losses(), 0, rereadEvents)
    if (rereadEvents < events.count && this.#marks.isRereading(batch.input)) this.#endReread(batch.input, state)
    const { cutChatters, cutEmotes } = operator
    const losses = new Losses()
    yield* this.#countEvents(batch, state, losses, rereadEvents, events.count)
    this.#moveTo(batch.input, state, batch.nextOffset)
    const accepted = events.count - rereadEvents
    return {
      records: accepted + batch.deadLetters.length + batch.tombstones,
      events: accepted - losses.late - losses.cutEvents,
      late: losses.late,
      deadLetters: batch.deadLetters.length,
      tombstones: batch.tombstones,
      droppedChatPairs: state.checkpoint.kind === "chat" ? losses.droppedPairs : 0,
      cutEvents: losses.cutEvents,
      cutEmotes: operator.cutEmotes - cutEmotes,
      cutChatters: operator.cutChatters - cutChatters,
      ...lateExampleOf(events, losses.lastLate)
    }
  }

  /** Counts the events in [from, to), and closes the windows that end on the way. Pauses. */
  *#countEvents(
    batch: DecodedBatch,
    state: InputState,
    losses: Losses,
    from: number,
    to: number
  ): Generator<undefined, void> {
    let event = from
    for (;;) {
      event = this.#countToClose(batch, state, losses, event, to)
      if (event === to) return
      yield* this.#close(state.operator, this.#limitMs(batch.input, batch.events.offsetAt(event)))
    }
  }

  /**
   * Counts the events in [from, to) up to the first that has a window to close before it, and
   * returns that event. The loop over all events of the worker: what does not change from event to
   * event is kept from one to the next.
   */
  #countToClose(batch: DecodedBatch, state: InputState, losses: Losses, from: number, to: number): number {
    const { events, input } = batch
    const { operator } = state
    const marks = this.#marks
    const windows = this.#windows
    const isChat = state.checkpoint.kind === "chat"
    // Before the first event, the limit and the end are both BEFORE_ALL: there is nothing to close.
    const nextEndMs = Math.max(operator.nextEndMs, Number.MIN_SAFE_INTEGER)
    const isEmitting = this.#emitted !== undefined
    const hasGaps = !this.#gaps.isEmpty
    const mayChangeSettings = from < batch.rereadEvents && state.earlier.length > 0
    let pane = Number.NaN
    let openWindows = 0
    let droppedPairs = 0
    for (let event = from; event < to; event++) {
      if (mayChangeSettings) this.#changeSettings(input, state, events.offsetAt(event))
      const limitMs = isEmitting ? this.#limitMs(input, events.offsetAt(event)) : marks.limitMs(input)
      // An event that is late for a window must not get into it through a pane that is still open.
      if (limitMs >= nextEndMs) return event
      const timeMs = events.timeMsAt(event)
      const paneOfEvent = windows.paneOf(timeMs)
      if (paneOfEvent !== pane) {
        pane = paneOfEvent
        openWindows = operator.openWindows(pane)
        droppedPairs = windows.windowsOfPane(pane) - openWindows
      }
      losses.droppedPairs += droppedPairs
      if (openWindows === 0) {
        losses.late++
        losses.lastLate = event
      } else if (isChat ? operator.addChat(events, event, pane) : operator.addViewers(events, event, pane)) {
        state.reread.note(pane, events, event, marks.maxTimeMs(input))
      } else losses.cutEvents++
      if (hasGaps) this.#noteBehindGap(state.checkpoint, events.offsetAt(event), timeMs)
      marks.accept(input, timeMs)
    }
    return to
  }

  /** The input goes on behind what the log has lost. */
  #lose(input: number, toOffset: bigint): void {
    const state = this.#at(input)
    const { partition, topic } = state.checkpoint
    this.#gaps.add({
      topic,
      partition,
      fromOffset: state.nextOffset,
      toOffset,
      eventsFromMs: this.#marks.taskMs,
      eventsToMs: AFTER_ALL
    })
    this.#moveTo(input, state, toOffset)
  }

  #noteBehindGap(input: InputCheckpoint, offset: bigint, timeMs: EventTimeMs): void {
    this.#gaps.accept(input, offset, timeMs, this.#settings.read.watermarkDelayMs)
  }

  /** The input has been read up to `nextOffset`. */
  #moveTo(input: number, state: InputState, nextOffset: bigint): void {
    state.nextOffset = nextOffset
    if (state.earlier.length > 0) this.#changeSettings(input, state, nextOffset)
    if (this.#marks.isRereading(input) && nextOffset >= state.checkpoint.nextOffset) this.#endReread(input, state)
  }

  /** Takes back the changes of settings up to `offset`. */
  #changeSettings(input: number, state: InputState, offset: bigint): void {
    while (state.earlier[0] !== undefined && offset >= state.earlier[0].untilOffset) {
      state.earlier = state.earlier.slice(1)
      this.#marks.setDelay(input, (state.earlier[0]?.settings ?? this.#settings.read).watermarkDelayMs)
    }
  }

  #endReread(input: number, state: InputState): void {
    this.#changeSettings(input, state, state.checkpoint.nextOffset)
    this.#marks.endReread(input)
  }

  /**
   * Lets time pass: idle inputs stop being active. If none is active, the watermark follows the
   * clock up to the end of the open windows. An input with an open transaction is active, even if
   * it was idle: its records are older than those that come later.
   */
  #pass(tick: Tick): void {
    this.#inputs.forEach(({ idleClock }, input) => {
      const maxTimeMs = this.#marks.maxTimeMs(input)
      if (maxTimeMs <= idleClock.maxTimeMs) return
      idleClock.maxTimeMs = maxTimeMs
      idleClock.raisedAtMs = tick.monotonicMs
      this.#idleness.raised(input, tick.monotonicMs)
    })
    this.#openTransactions = tick.openTransactions
    for (const input of tick.openTransactions) this.#marks.setActive(input)
    if (tick.ends !== undefined) this.#idleness.learn(tick.ends)
    const candidates = this.#candidates()
    this.#inputs.forEach((state, input) => {
      if (!candidates.includes(input)) this.#idleness.forget(input)
      else if (this.#idleness.isIdle(input, state.nextOffset)) this.#marks.setIdle(input)
    })
    if (this.#marks.allIdle) {
      this.#marks.raiseTo(Math.min(this.#lastOpenEnd(), tick.clockMs - this.#settings.read.watermarkDelayMs))
    }
  }

  /**
   * Inputs that may become idle: those that hold the watermark, are being read, and have no open
   * transaction.
   */
  #candidates(): ReadonlyArray<number> {
    return this.demand().filter(
      (input) =>
        this.#marks.isActive(input) && !this.#marks.isRereading(input) && !this.#openTransactions.includes(input)
    )
  }

  #lastOpenEnd(): number {
    return this.#inputs.reduce(
      (last, { operator }) => Math.max(last, operator.lastHeldEnd()),
      this.#join.lastPendingEnd()
    )
  }

  /**
   * Windows that end at or before this (closed bound) are closed for the input's record at
   * `offset`. A re-read restores the content of a window that is written in part.
   */
  #limitMs(input: number, offset: bigint): number {
    const limitMs = this.#marks.limitMs(input)
    if (this.#emitted === undefined) return limitMs
    const readTo = present(this.#emitted.offsets[input], "a window written in part has an offset for each input")
    if (offset < readTo) return limitMs
    return Math.max(limitMs, this.#emitted.endMs)
  }

  /** Closes an input's windows up to `limitMs` (closed bound). Pauses. */
  *#close(operator: WindowOperator, limitMs: number): Generator<undefined, void> {
    for (const window of operator.close(limitMs)) {
      if (window === undefined) yield undefined
      else this.#join.add(window)
    }
  }

  /**
   * Adds the rows of the windows that the task's watermark has reached, in order of (end, stream by
   * code unit). One window at a time is closed and given, so memory is bounded by one, however many
   * close at once. Pauses, and yields when the element is full: its rows must then be taken.
   */
  *#emit(rows: ElementRows): Generator<undefined, void> {
    // The task's watermark had reached the window that is written in part.
    const isRereading = this.#inputs.some((_, input) => this.#marks.isRereading(input))
    if (this.#emitted !== undefined && !isRereading) this.#marks.raiseTo(this.#emitted.endMs)
    const { taskMs } = this.#marks
    let before = Number.NEGATIVE_INFINITY
    for (let endMs = this.#firstEnd(); endMs <= taskMs && endMs < AFTER_ALL; endMs = this.#firstEnd()) {
      invariant(endMs > before, "a window that was given is closed")
      before = endMs
      for (const { operator } of this.#inputs) yield* this.#close(operator, endMs)
      // The windows before are over: a restart that has lost what closed them must not give them
      // after rows of this one.
      this.#givenToMs = EventTimeMs(Math.max(this.#givenToMs, endMs - this.#windows.slideMs))
      yield* this.#emitWindow(EventTimeMs(endMs), rows)
      this.#givenToMs = EventTimeMs(endMs)
    }
    this.#givenToMs = taskMs
    if (this.#emitted !== undefined && this.#emitted.endMs <= taskMs) this.#emitted = undefined
    if (!this.#gaps.isEmpty) this.#gaps.forget(taskMs, this.#windows.sizeMs)
  }

  *#emitWindow(endMs: EventTimeMs, rows: ElementRows): Generator<undefined, void> {
    const startMs = endMs - this.#windows.sizeMs
    const after = this.#emitted?.endMs === endMs ? this.#emitted.stream : undefined
    const offsets = this.#emitted?.endMs === endMs ? this.#emitted.offsets : this.positions()
    const isWritten = startMs > this.#partialToMs
    const next = this.#join.rows(endMs, after, this.#gaps.isComplete(startMs, endMs))
    for (let row = isWritten ? next() : undefined; row !== undefined; row = next()) {
      rows.add(row)
      if (!rows.isFull) continue
      this.#emitted = { endMs, stream: row.stream, offsets }
      yield undefined
    }
    this.#emitted = undefined
  }

  /**
   * End of the first window that an input holds or that waits in the join; `+Infinity` when there
   * is none.
   */
  #firstEnd(): number {
    return this.#inputs.reduce(
      (first, { operator }) => Math.min(first, operator.nextHeldEnd()),
      this.#join.firstPendingEnd()
    )
  }

  /** Where each input has been read up to. */
  positions(): ReadonlyArray<bigint> {
    return this.#inputs.map(({ nextOffset }) => nextOffset)
  }

  #progress(): Progress {
    const watermarkMs = this.#givenToMs
    return {
      watermarkMs,
      ...(this.#emitted === undefined ? {} : { emitted: this.#emitted }),
      inputs: this.#inputs.map((state, input) => {
        const { earlier, kind, topic, partition, nextOffset } = state.checkpoint
        const reread = state.reread.at(watermarkMs, {
          offset: state.nextOffset,
          maxTimeBeforeMs: this.#marks.maxTimeMs(input)
        })
        return {
          kind,
          topic,
          partition,
          // During a re-read the position is below what has been counted.
          nextOffset: this.#marks.isRereading(input) ? nextOffset : state.nextOffset,
          rereadOffset: reread.offset,
          maxTimeBeforeRereadMs: reread.maxTimeBeforeMs,
          active: this.#marks.isActive(input),
          earlier: earlier.filter(({ untilOffset }) => untilOffset > reread.offset)
        }
      })
    }
  }

  #at(input: number): InputState {
    const state = this.#inputs[input]
    if (state === undefined) throw new RangeError(`the task has no input ${input}`)
    return state
  }
}

/** An event as an example of those that were late; -1 = none was. */
const lateExampleOf = (events: EventColumns, event: number): Pick<InputCounts, "lateExample"> =>
  event < 0 ? {} : { lateExample: { offset: events.offsetAt(event), timeMs: events.timeMsAt(event) } }
