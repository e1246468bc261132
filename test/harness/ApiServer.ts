/**
 * A replica of the API: the worker's HTTP port over the database that a test opens for it, without
 * a worker behind it.
 */
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Context, Effect, Layer, Redacted, Scope } from "effect"
import type { AppConfig, PostgresConfig } from "../../src/config/AppConfig.ts"
import * as Load from "../../src/config/Load.ts"
import * as HttpServer from "../../src/http/HttpServer.ts"
import { WorkerStatus } from "../../src/observability/WorkerStatus.ts"
import { Clips } from "../../src/query/Clip.ts"
import { LiveFeed } from "../../src/query/LiveFeed.ts"
import { Tables } from "../../src/query/Tables.ts"
import { freePort } from "./FreePort.ts"

export interface ApiServer {
  readonly port: number
  /** The API's address, without a slash at its end. */
  readonly url: string
  /** The clients of the live updates at this moment. */
  readonly clients: Effect.Effect<number>
  /** Opens the database; until then there is none. */
  readonly open: (postgres: PostgresConfig, schema: string) => Effect.Effect<void>
  readonly status: WorkerStatus["Service"]
}

export interface ApiOptions {
  readonly host?: string
  readonly apiToken?: string
  readonly clip?: Partial<AppConfig["clip"]>
  readonly detection?: Partial<AppConfig["pipeline"]["detection"]>
}

const defaults = Load.load.pipe(
  Effect.map(({ config }) => config),
  Effect.provide(NodeServices.layer),
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: {} })),
  Effect.orDie
)

/**
 * A server that listens, under the default configuration but for `options`; ended with the scope.
 */
export const startApi = (options: ApiOptions = {}): Effect.Effect<ApiServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const config = yield* defaults
    const port = yield* Effect.promise(freePort)
    const detection = { ...config.pipeline.detection, ...options.detection }
    const clip = { ...config.clip, ...options.clip }
    const apiToken = options.apiToken === undefined ? undefined : Redacted.make(options.apiToken)
    const context = yield* HttpServer.layer({
      ...config,
      http: {
        ...config.http,
        host: options.host ?? "127.0.0.1",
        port,
        apiToken,
        // All clients of a test have one address.
        connectionsPerNetwork: 2000
      },
      pipeline: { ...config.pipeline, detection },
      clip
    }).pipe(
      // The server's own, which is built once.
      Layer.provideMerge(Layer.provide(LiveFeed.layer, Clips.layer({ clip }))),
      Layer.provideMerge(Layer.merge(Tables.layer, WorkerStatus.layer(config))),
      Layer.build,
      Effect.orDie
    )
    const scope = yield* Effect.scope
    return {
      port,
      url: `http://127.0.0.1:${port}/api/v1`,
      clients: Context.get(context, LiveFeed).clients,
      open: (postgres, schema) =>
        Context.get(context, Tables).open(postgres, { schema }).pipe(Effect.provideService(Scope.Scope, scope)),
      status: Context.get(context, WorkerStatus)
    }
  })
