/**
 * Starts the local platform alone, so that a person can try the collector without Twitch:
 * `node test/harness/twitch/serve.ts [--port N] [--rate MESSAGES_PER_SECOND]`. It prints the
 * command that reads it. People chat in every channel that a collector joins.
 */
import { parseArgs } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Crowd } from "./Crowd.ts"
import { startTwitchServer } from "./TwitchServer.ts"

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, rate: { type: "string", default: "5" } }
})

/** A busy minute follows four usual ones. */
const CYCLE_MS = 300_000
const BUSY_MS = 60_000
const BUSY = 6
const TICK_MS = 100

Effect.gen(function* () {
  const { chat, chatUrl, lists, variables } = yield* startTwitchServer({ port: Number(values.port) })
  const command = Object.entries(variables({ withViewers: true })).map(([name, value]) => `${name}=${value}`)
  yield* Console.log(
    `The local platform listens at ${chatUrl}. To collect its channel demo, run:\n\nCOLLECT=twitch:demo ${command.join(" ")} npm start\n`
  )
  const crowd = new Crowd({ streams: ["demo"], words: ["EZ", "Clap", "ZreknarF"] })
  const started = Date.now()
  let due = 0
  while (true) {
    yield* Effect.sleep(TICK_MS)
    const now = Date.now()
    const isBusy = (now - started) % CYCLE_MS > CYCLE_MS - BUSY_MS
    due += (Number(values.rate) * (isBusy ? BUSY : 1) * TICK_MS) / 1_000
    const count = Math.floor(due)
    due -= count
    for (const stream of chat.joined) {
      lists.viewers.set(stream, Math.round(1_200 + 300 * Math.sin(now / 60_000) + (isBusy ? 400 : 0)))
      chat.post(Array.from({ length: count }, () => crowd.next(now, stream)))
    }
  }
}).pipe(Effect.scoped, NodeRuntime.runMain())
