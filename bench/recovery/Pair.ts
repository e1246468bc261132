/** The two worker processes of one group on a stage. */
import { Duration, Effect, Exit, Scope } from "effect"
import { startWorker, type WorkerProcess } from "../../test/harness/WorkerProcess.ts"
import { until } from "../Until.ts"
import type { Stage } from "./Stage.ts"

const PATIENCE = Duration.minutes(3)
/** Time between one end and the next. */
const CALM = Duration.seconds(10)
/** Records of the last seconds are in flight. */
const IN_FLIGHT_SECONDS = 3

interface Member {
  readonly process: WorkerProcess
  readonly scope: Scope.Closeable
}

export class Pair {
  readonly #stage: Stage
  readonly #variables: Readonly<Record<string, string>>
  readonly #whole: Scope.Scope
  readonly #members: Array<Member> = []

  /** `variables` are the members' beyond those of the stage. All end with the scope. */
  constructor(stage: Stage, variables: Readonly<Record<string, string>>, whole: Scope.Scope) {
    this.#stage = stage
    this.#variables = variables
    this.#whole = whole
  }

  /** Starts a member. */
  get start(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const scope = yield* Scope.fork(this.#whole)
      const process = yield* startWorker(["run"], { ...this.#stage.environment, ...this.#variables }).pipe(
        Scope.provide(scope)
      )
      this.#members.push({ process, scope })
    })
  }

  /** The member that owns more tasks, and the other. */
  byTasks(): readonly [victim: Member, other: Member] {
    const [victim, other] = this.#members.toSorted((a, b) => this.ownedBy(b).length - this.ownedBy(a).length)
    if (victim === undefined || other === undefined) throw new Error("two workers are needed")
    return [victim, other]
  }

  ownedBy({ process }: Member): ReadonlyArray<number> {
    return this.#stage.positions
      .now()
      .flatMap(({ owner, task }) => (owner.split(":")[1] === String(process.pid) ? [task] : []))
  }

  /** Waits until all records but those in flight are committed. */
  upToDate(patience = PATIENCE): Effect.Effect<void> {
    const isSo = Effect.sync(() => this.#stage.isUpToDate(IN_FLIGHT_SECONDS))
    return until("the workers to be up to date", patience, isSo)
  }

  /** Waits until both members own tasks and have been up to date for a while. */
  get settled(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const allOwn = Effect.sync(() => this.#members.every((member) => this.ownedBy(member).length > 0))
      yield* until("each worker to own a task", PATIENCE, allOwn)
      yield* this.upToDate()
      yield* Effect.sleep(CALM)
      yield* this.upToDate()
    })
  }

  /** Replaces a member once its process has ended, and waits until the pair is settled. */
  replace(member: Member): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* member.process.ended
      yield* Scope.close(member.scope, Exit.void)
      this.#members.splice(this.#members.indexOf(member), 1)
      yield* this.start
      yield* this.settled
    })
  }
}
