/**
 * A replica of the API in a process of its own, for what is measured of a process: `node
 * serve-api.ts <schema>`, the database in TEST_POSTGRES. Prints its address once it listens.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Redacted } from "effect"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"
import { startApi } from "./ApiServer.ts"

const [, , schema = "public"] = process.argv
const { password, ...rest }: Omit<PostgresConfig, "password"> & { readonly password: string | undefined } = JSON.parse(
  process.env["TEST_POSTGRES"] ?? "{}"
)

Effect.gen(function* () {
  const api = yield* startApi()
  yield* api.open({ ...rest, password: password === undefined ? undefined : Redacted.make(password) }, schema)
  yield* Console.log(api.url)
  return yield* Effect.never
}).pipe(Effect.scoped, NodeRuntime.runMain())
