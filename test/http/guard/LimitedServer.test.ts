import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { limitedServer } from "../../../src/http/guard/LimitedServer.ts"

const listening = Effect.acquireRelease(
  Effect.promise(async () => {
    const { close, server } = limitedServer(50)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    return { close, server, port: typeof address === "object" ? (address?.port ?? 0) : 0 }
  }),
  ({ close }) => close
)

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

describe("the server", () => {
  it.live("answers what came before there was a handler, and what comes after, once", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { port, server } = yield* listening
        const get = () =>
          new Promise<string>((resolve, reject) => {
            let received = ""
            const socket = connect(port, "127.0.0.1", () => socket.write(GET))
            socket.on("data", (chunk) => (received += chunk.toString()))
            socket.on("error", reject)
            socket.on("close", () => resolve(received))
          })
        let came = 0
        const bothCame = new Promise<void>((resolve) =>
          server.on("connection", (socket) => socket.once("data", () => ++came === 2 && setImmediate(resolve)))
        )
        const early = [get(), get()]
        yield* Effect.promise(() => bothCame)
        server.on("request", (_, response) => response.end("answer"))
        for (const answer of yield* Effect.promise(() => Promise.all([...early, get()]))) {
          assert.match(answer, /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\nanswer$/)
        }
      })
    )
  )

  it.live(
    "closes with no connection left: a silent one, half a request, one without its answer, one that was upgraded",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { close, port, server } = yield* listening
          server.on("request", () => {})
          server.on("upgrade", () => {})
          const ended = ["", "GET / HT", GET, GET.replace("close", "Upgrade\r\nUpgrade: foo")].map(
            (text) =>
              new Promise<void>((resolve) => {
                const socket = connect(port, "127.0.0.1", () => socket.write(text))
                socket.on("error", () => {})
                socket.on("close", () => resolve())
              })
          )
          yield* Effect.promise(() => new Promise<void>((resolve) => server.once("upgrade", () => resolve())))
          yield* close
          yield* Effect.promise(() => Promise.all(ended))
        })
      )
  )

  it("limits the time of every client", () => {
    const { headersTimeout, maxConnections, requestTimeout } = limitedServer(1_000).server
    for (const limit of [headersTimeout, requestTimeout, maxConnections]) assert.isAbove(limit, 0)
    assert.isAtMost(headersTimeout, requestTimeout)
  })
})
