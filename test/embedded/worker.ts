/**
 * A worker with only its database, as a process of its own. It prints the database's address and
 * runs until a signal stops it. Its argument is DATA_DIR.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Redacted } from "effect"
import { teardown } from "../../src/terminal/ExitCodes.ts"
import * as EmbeddedPostgres from "../../src/embedded/EmbeddedPostgres.ts"

NodeRuntime.runMain(
  Effect.gen(function* () {
    const postgres = yield* EmbeddedPostgres.make(process.argv[2] ?? "")
    const password = postgres.password && Redacted.value(postgres.password)
    yield* Console.log(`READY ${JSON.stringify({ ...postgres, password })}`)
    return yield* Effect.never
  }).pipe(Effect.scoped),
  { teardown }
)
