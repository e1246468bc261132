/**
 * How far a bounded command is: a bar on a terminal, a line now and then elsewhere. On standard
 * error, so that results stay clean.
 */
import { Clock, Duration, Effect, type Scope } from "effect"
import { cut } from "./Output.ts"
import { number, counted } from "../domain/Wording.ts"

export interface State {
  /** From 0 to 1. */
  readonly fraction: number
  readonly records: number
}

/** The intervals at which a bar is redrawn and a line is printed. */
const BAR_MS = 200
const LINE_MS = 5_000

const BAR_WIDTH = 30

/** The width of a terminal that does not report it. */
const UNKNOWN_COLUMNS = 80

const span = (ms: number): string => Duration.format(Duration.seconds(Math.max(1, Math.round(ms / 1000))))

/** For example `45 %, 1,234,567 records, 250,000/s, 12s left`. */
export const describeProgress = ({ fraction, records }: State, elapsedMs: number): string => {
  const rate = elapsedMs > 0 ? Math.round((records * 1000) / elapsedMs) : 0
  const isKnown = fraction > 0 && fraction < 1 && elapsedMs > 0
  return [
    `${Math.floor(fraction * 100)} %`,
    counted(records, "record"),
    `${number(rate)}/s`,
    ...(isKnown ? [`${span((elapsedMs * (1 - fraction)) / fraction)} left`] : [])
  ].join(", ")
}

export const bar = (fraction: number): string => {
  const full = Math.round(fraction * BAR_WIDTH)
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`
}

const write = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(text))

/** Shows the state until the scope ends; a bar is gone then. */
export const showProgress = (state: () => State): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const begunMs = yield* Clock.currentTimeMillis
    const elapsed = Effect.map(Clock.currentTimeMillis, (nowMs) => nowMs - begunMs)
    const { columns, isTTY } = process.stderr
    if (isTTY) {
      const draw = Effect.flatMap(elapsed, (elapsedMs) => {
        const { fraction } = state()
        return write(
          `\r\u001b[K${cut(
            `${bar(fraction)} ${describeProgress(state(), elapsedMs)}`,
            (columns || UNKNOWN_COLUMNS) - 1
          )}`
        )
      })
      yield* Effect.addFinalizer(() => write("\r\u001b[K"))
      yield* draw.pipe(Effect.delay(BAR_MS), Effect.forever, Effect.forkScoped)
    } else {
      const line = Effect.flatMap(elapsed, (elapsedMs) => write(`${describeProgress(state(), elapsedMs)}\n`))
      yield* line.pipe(Effect.delay(LINE_MS), Effect.forever, Effect.forkScoped)
    }
  })
