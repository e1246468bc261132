/** Plays seeds on several threads for a while. Reports failures, and adds up the seeds' counts. */
import { Clock, Console, Effect } from "effect"
import { makePlayer } from "./Player.ts"

/** A kind of seeds. */
export interface Subject {
  /** The command that plays them. */
  readonly command: string
  /** The module that plays a seed in a thread. */
  readonly thread: URL
  /** Seeds that ever failed. They run before all others. */
  readonly failedSeeds: ReadonlyArray<number>
  /** So many seeds are played, however long they take: they cover everything. */
  readonly leastSeeds: number
}

export interface Bounds {
  readonly first: number
  readonly minutes: number
  readonly threads: number
}

const fail = Effect.sync(() => void (process.exitCode = 1))

/** Gives the seeds one by one: those that failed, then from `first` on. */
function* seedsFrom(failed: ReadonlyArray<number>, first: number): Generator<number, never> {
  yield* failed
  for (let seed = first; ; seed++) yield seed
}

const play = Effect.fnUntraced(function* (subject: Subject, seeds: Iterator<number>, bounds: Bounds) {
  const { command, failedSeeds, leastSeeds, thread } = subject
  const startedAtMs = yield* Clock.currentTimeMillis
  const totals = new Map<string, number>()
  let played = 0
  let red = 0
  const player = Effect.scoped(
    Effect.gen(function* () {
      const { play } = yield* makePlayer(thread)
      while (
        played < failedSeeds.length + leastSeeds ||
        (yield* Clock.currentTimeMillis) - startedAtMs < bounds.minutes * 60_000
      ) {
        const next = seeds.next()
        if (next.done === true) return
        const seed: number = next.value
        played++
        const { counts, findings } = yield* play(seed)
        for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count)
        if (findings.length === 0) continue
        red++
        yield* Console.log(
          `seed ${seed} failed; alone: ${command} --seed ${seed}\n  ${findings.slice(0, 10).join("\n  ")}`
        )
      }
    })
  )
  yield* Effect.all(
    Array.from({ length: bounds.threads }, () => player),
    { concurrency: "unbounded", discard: true }
  )
  const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
  yield* Console.log(`${played} seeds (new ones from ${bounds.first}) in ${seconds.toFixed(0)} s: ${red} failed`)
  yield* Console.log(Array.from(totals, ([name, count]) => `${name} ${count}`).join(", "))
  if (red > 0) yield* fail
  return totals
})

/** Plays one seed alone. */
export const playOne = (subject: Subject, seed: number) =>
  play(subject, [seed].values(), { first: seed, minutes: Number.POSITIVE_INFINITY, threads: 1 })

/** Plays new seeds. Fails if they covered too little. */
export const playMany = Effect.fnUntraced(function* (subject: Subject, bounds: Bounds) {
  const totals = yield* play(subject, seedsFrom(subject.failedSeeds, bounds.first), bounds)
  const missed = Array.from(totals).filter(([, count]) => count === 0)
  if (missed.length === 0) return
  yield* Console.log(`nothing of: ${missed.map(([name]) => name).join(", ")}`)
  yield* fail
})
