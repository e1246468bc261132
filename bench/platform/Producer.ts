/** The process of the producer. It ends with the scope. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Deferred, Effect, Schema, type Scope } from "effect"
import { type Order, type Produced, ProducerMessage } from "./ProducerMessages.ts"

export interface Producer {
  readonly pid: number
  /** Number of records in the log so far. */
  readonly written: () => number
  /** Completes when all is written. Dies if the process ends before. */
  readonly produced: Effect.Effect<Produced>
}

const PROGRAM = new URL("produce.ts", import.meta.url).pathname
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(ProducerMessage))

export const startProducer = (order: Order): Effect.Effect<Producer, never, Scope.Scope> =>
  Effect.gen(function* () {
    let written = 0
    let complaints = ""
    const produced = Deferred.makeUnsafe<Produced>()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [PROGRAM, JSON.stringify(order)], { stdio: ["ignore", "pipe", "pipe"] })
        // Also ends the process if no finalizer runs.
        const kill = () => void child.kill("SIGKILL")
        process.once("exit", kill)
        child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()))
        createInterface(child.stdout).on("line", (line) => {
          const message = decode(line)
          if (message._tag === "Written") written = message.records
          else Deferred.doneUnsafe(produced, Effect.succeed(message))
        })
        child.once("close", (code, signal) => {
          process.off("exit", kill)
          // Without effect if the producer is done.
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
