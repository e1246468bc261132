/**
 * The worker's whole HTTP port on a free port, with no worker behind it: there are no tables, and
 * no member has reported anything.
 */
import { type IncomingHttpHeaders, request as httpRequest } from "node:http"
import { connect } from "node:net"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Effect, Layer, Logger } from "effect"
import { load } from "../../src/config/Load.ts"
import * as HttpServer from "../../src/http/HttpServer.ts"
import { WorkerStatus } from "../../src/observability/WorkerStatus.ts"
import { Tables } from "../../src/query/Tables.ts"
import { freePort } from "../harness/FreePort.ts"

export const TOKEN = "correct-horse-battery-staple"

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The client's address. */
  readonly from?: string
}

export interface Served {
  readonly port: number
  /**
   * Sends the path unchanged. Host is localhost unless the headers contain another. A stream is
   * closed after its first chunk.
   */
  readonly request: (path: string, options?: RequestOptions) => Effect.Effect<Answer>
  /** Sends these bytes; gives all that comes back until the server closes, which may be nothing. */
  readonly send: (text: string) => Effect.Effect<string>
  /** Lines that were logged. */
  readonly log: ReadonlyArray<string>
  readonly status: WorkerStatus["Service"]
}

const PATIENCE_MS = 100_000

const requesting =
  (port: number): Served["request"] =>
  (path, { body, from = "127.0.0.1", headers = {}, method = "GET" } = {}) =>
    Effect.promise(
      () =>
        new Promise<Answer>((resolve, reject) => {
          const sent = httpRequest(
            {
              host: "127.0.0.1",
              localAddress: from,
              port,
              path,
              method,
              headers: { host: `localhost:${port}`, ...headers },
              timeout: PATIENCE_MS
            },
            (response) => {
              let text = ""
              const done = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
              response.setEncoding("utf8")
              response.on("data", (chunk: string) => {
                text += chunk
                if (response.headers["content-type"]?.startsWith("text/event-stream") !== true) return
                done()
                sent.destroy()
              })
              response.on("end", done)
              response.on("error", reject)
            }
          )
          sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path}`)))
          sent.on("error", reject)
          sent.end(body)
        })
    )

const sending =
  (port: number): Served["send"] =>
  (text) =>
    Effect.promise(
      () =>
        new Promise<string>((resolve, reject) => {
          let received = ""
          const socket = connect(port, "127.0.0.1", () => socket.write(text))
          socket.setTimeout(PATIENCE_MS, () => reject(new Error("the server keeps the connection")))
          socket.setEncoding("utf8")
          socket.on("data", (chunk: string) => (received += chunk))
          // A server that has had enough does not read the rest.
          socket.on("error", () => {})
          socket.on("close", () => resolve(received))
        })
    )

/** Serves for the scope's life. `host` is HTTP_HOST, `env` holds more variables. */
export const serve = Effect.fnUntraced(function* ({
  env: more = {},
  host = "127.0.0.1",
  token
}: {
  readonly env?: Readonly<Record<string, string>>
  readonly host?: string
  readonly token?: string
} = {}) {
  const port = yield* Effect.promise(freePort)
  const env = {
    HTTP_HOST: host,
    HTTP_PORT: String(port),
    ...(token === undefined ? {} : { API_TOKEN: token }),
    ...more
  }
  const { config } = yield* load.pipe(
    Effect.provide([NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))])
  )
  const log: Array<string> = []
  const logger = Logger.make(({ message }) => log.push(String(message)))
  const services = yield* Layer.build(
    HttpServer.layer(config).pipe(
      Layer.provideMerge(Layer.merge(WorkerStatus.layer(config), Tables.layer)),
      Layer.provide(Logger.layer([logger]))
    )
  )
  const served: Served = {
    port,
    request: requesting(port),
    send: sending(port),
    log,
    status: yield* Effect.provideContext(Effect.service(WorkerStatus), services)
  }
  return served
})
