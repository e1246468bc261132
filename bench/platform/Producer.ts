/** The producer's process, from outside. Ended with the scope. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Deferred, Effect, Schema, type Scope } from "effect"
import { type Order, type Produced, Told } from "./Told.ts"

export interface Producer {
  readonly pid: number
  /** Records that stand in the log so far. */
  readonly written: () => number
  /** Once all is written. Dies where the process ends before. */
  readonly produced: Effect.Effect<Produced>
}

const PROGRAM = new URL("produce.ts", import.meta.url).pathname
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Told))

export const startProducer = (order: Order): Effect.Effect<Producer, never, Scope.Scope> =>
  Effect.gen(function* () {
    let written = 0
    let complaints = ""
    const produced = Deferred.makeUnsafe<Produced>()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] })
        // A measurement that gives up without running its finalizers takes it along.
        const kill = () => void child.kill("SIGKILL")
        process.once("exit", kill)
        child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()))
        createInterface(child.stdout).on("line", (line) => {
          const told = decode(line)
          if (told._tag === "Written") written = told.records
          else Deferred.doneUnsafe(produced, Effect.succeed(told))
        })
        child.once("close", (code, signal) => {
          process.off("exit", kill)
          // Of no effect where it has done its work.
          Deferred.doneUnsafe(
            produced,
            Effect.die(new Error(`the producer ended with ${code ?? signal}: ${complaints.slice(-3000)}`))
          )
        })
        return child
      }),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    return { pid: child.pid ?? -1, written: () => written, produced: Deferred.await(produced) }
  })
