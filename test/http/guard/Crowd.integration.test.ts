/**
 * Crowds of connections against a server of the real worker: what they may occupy, and that probes
 * are answered whatever they do.
 */
import { connect, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ConnectionLimits } from "../../../src/http/guard/Connections.ts"
import { limitedServer } from "../../../src/http/guard/LimitedServer.ts"
import { untilTrue } from "../../harness/Until.ts"
import { serve, type Served, TOKEN } from "../Serving.ts"

const KEEP_ALIVE = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"

/**
 * Sockets that send `text` and stay. Resolves when each of them has received an answer or was
 * closed.
 */
const crowd = (port: number, size: number, text: string, from = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets: Array<Socket> = []
      // In portions: the kernel's queue of new connections is short.
      for (let made = 0; made < size; made += 100) {
        const portion = Array.from({ length: Math.min(100, size - made) }, () =>
          connect({ port, host: "127.0.0.1", localAddress: from })
        )
        sockets.push(...portion)
        await Promise.all(
          portion.map(
            (socket) =>
              new Promise<void>((resolve) => {
                socket.on("error", () => {})
                socket.once("data", () => resolve())
                socket.once("close", () => resolve())
                socket.once("connect", () => {
                  socket.write(text)
                  if (text !== KEEP_ALIVE) resolve()
                })
              })
          )
        )
      }
      return sockets
    }),
    (sockets) => Effect.sync(() => sockets.forEach((socket) => socket.destroy()))
  )

/** How many of them the server has left open. */
const open = (sockets: ReadonlyArray<Socket>): number => sockets.filter((socket) => !socket.destroyed).length

/** Their ends have arrived by then. */
const settled = (sockets: ReadonlyArray<Socket>, count: number) =>
  untilTrue(`${count} connections are left`, () => open(sockets) === count)

/** A probe as supervisors send it: a connection of its own. */
const probe = ({ request }: Served) => request("/health/live", { headers: { connection: "close" } })

/** Answers whatever comes first on a connection of its own. */
const first = (port: number, text: string, from = "127.0.0.1") =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        const socket = connect({ port, host: "127.0.0.1", localAddress: from }, () => socket.write(text))
        socket.once("data", (chunk) => {
          resolve(chunk.toString())
          socket.destroy()
        })
        socket.once("error", () => resolve(""))
        socket.once("close", () => resolve(""))
      })
  )

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** A server that answers nothing but probes: every other request stays in flight. */
const stalled = (connections: Partial<ConnectionLimits>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const closed: Array<string> = []
      let waiting = 0
      const { close, server } = limitedServer(50, {
        connections,
        onClose: (reason, network) => closed.push(`${reason} ${network}`)
      })
      server.on("request", ({ url }, response) => {
        if (url?.startsWith("/health/live") === true) response.end("live")
        else waiting++
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const address = server.address()
      return {
        close,
        closed,
        port: typeof address === "object" ? (address?.port ?? 0) : 0,
        inFlight: (count: number) => untilTrue(`${count} requests in flight`, () => waiting === count)
      }
    }),
    ({ close }) => close
  )

describe("a crowd of connections", () => {
  for (const [name, text] of [
    ["idle after an answer", KEEP_ALIVE],
    ["silent", ""],
    ["halfway through their headers", "GET /health/live HTTP/1.1\r\nHost: loc"]
  ] as const) {
    it.live(`with 2,100 members from one address, ${name}, blocks no probe of the same address`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const served = yield* serve({ token: TOKEN })
          yield* crowd(served.port, 2_100, text)
          for (let n = 0; n < 8; n++) assert.strictEqual((yield* probe(served)).status, 200)
        })
      )
    )
  }

  it.live("keeps the connections of its network, the latest ones, and no others of that network", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const served = yield* serve({ token: TOKEN, env: { HTTP_CONNECTIONS_PER_NETWORK: "50" } })
        const counted = Effect.map(served.request("/metrics", { from: "127.0.2.1" }), ({ body }) =>
          Number(/^telemetra_http_connections_closed_total\{reason="address"\} (\d+)$/m.exec(body)?.[1])
        )
        const before = yield* counted
        const others = yield* crowd(served.port, 20, KEEP_ALIVE, "127.0.1.1")
        const sockets = yield* crowd(served.port, 120, KEEP_ALIVE)
        yield* settled(sockets, 50)
        assert.strictEqual(open(sockets.slice(-50)), 50)
        // An address of the same /24 takes the place of an idle one.
        assert.match(yield* first(served.port, KEEP_ALIVE, "127.0.0.77"), /^HTTP\/1.1 200 /)
        assert.strictEqual(open(others), 20)
        assert.strictEqual(served.log.filter((line) => line.includes("HTTP_CONNECTIONS_PER_NETWORK")).length, 1)
        assert.strictEqual((yield* counted) - before, 71)
      })
    )
  )

  it.live("with unanswered requests leaves its network probes alone, and other networks everything", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { closed, inFlight, port } = yield* stalled({ perNetwork: 30, reserve: 5 })
        const sockets = yield* crowd(port, 30, get("/api/v1/status"))
        yield* inFlight(30)
        // Silent ones fill the reserve, and the oldest of them make room.
        yield* crowd(port, 200, "")
        for (let n = 0; n < 8; n++) {
          assert.match(yield* first(port, get("/health/live?verbose")), /^HTTP\/1.1 200 [^]*live$/)
        }
        for (const path of ["/api/v1/status", "/health/live/../../api/v1/status", "/metrics"]) {
          const refused = yield* first(port, get(path))
          assert.match(refused, /^HTTP\/1.1 503 [^]*Connection: close[^]*only health probes are answered/)
        }
        assert.match(yield* first(port, get("/health/live"), "127.0.1.1"), /^HTTP\/1.1 200 [^]*keep-alive/)
        assert.strictEqual(open(sockets), 30)
        assert.isAbove(closed.length, 150)
        assert.deepStrictEqual([...new Set(closed)], ["address 127.0.0.0/24"])
      })
    )
  )

  it.live("from all networks leaves room for probes, too", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { inFlight, port } = yield* stalled({ total: 40, reserve: 5 })
        for (let n = 0; n < 4; n++) yield* crowd(port, 10, get("/api/v1/status"), `127.0.${n}.1`)
        yield* inFlight(40)
        yield* crowd(port, 100, "GET / HTT", "127.0.8.1")
        for (let n = 0; n < 8; n++) {
          assert.match(yield* first(port, get("/health/live"), "127.0.9.1"), /^HTTP\/1.1 200 [^]*live$/)
        }
      })
    )
  )

  it.live("with many requests on one connection is closed, and counted", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { closed, port } = yield* stalled({ pipelined: 4 })
        assert.strictEqual(yield* first(port, get("/api/v1/status").repeat(5)), "")
        assert.deepStrictEqual(closed, ["pipelined 127.0.0.0/24"])
        assert.match(yield* first(port, get("/health/live").repeat(4)), /^HTTP\/1.1 200 /)
      })
    )
  )
})
