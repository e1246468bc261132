/**
 * A proxy in front of a Kafka broker that loses requests and replies: it is the address that the
 * broker advertises. A test decides the fate of each Produce request.
 */
import { connect, createServer, type Server, type Socket } from "node:net"
import { Effect, type Scope } from "effect"
import { freePort } from "./FreePort.ts"

/**
 * `pass`: delivered and answered. `lose request`: the connection ends before the broker has it.
 * `lose reply`: the broker appends it, and the connection ends instead of its reply.
 */
export type Fate = "pass" | "lose request" | "lose reply"

export interface KafkaProxy {
  /** The fate of the n-th Produce request, counted from 0. */
  fate: (index: number) => Fate
  /** Produce requests by fate. */
  readonly seen: Record<Fate, number>
}

const PRODUCE = 0

/** Cuts frames of the protocol from bytes: a length of 32 bits, then as many bytes. */
const framer = (onFrame: (frame: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

const talk = (proxy: KafkaProxy, client: Socket, brokerPort: number): void => {
  const broker = connect({ host: "127.0.0.1", port: brokerPort })
  const end = (): void => {
    client.destroy()
    broker.destroy()
  }
  for (const socket of [client, broker]) socket.on("error", end).on("close", end)
  /** Correlation ids whose replies are lost. */
  const lost = new Set<number>()
  client.on(
    "data",
    framer((frame) => {
      if (frame.readInt16BE(4) === PRODUCE) {
        const { "lose reply": replies, "lose request": requests, pass } = proxy.seen
        const fate = proxy.fate(replies + requests + pass)
        proxy.seen[fate] += 1
        if (fate === "lose request") return end()
        if (fate === "lose reply") lost.add(frame.readInt32BE(8))
      }
      broker.write(frame)
    })
  )
  broker.on(
    "data",
    framer((frame) => (lost.has(frame.readInt32BE(4)) ? end() : void client.write(frame)))
  )
}

/** Listens on a free port of 127.0.0.1 until the scope ends. */
export const startKafkaProxy = (
  brokerPort: number
): Effect.Effect<{ readonly port: number; readonly proxy: KafkaProxy }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const proxy: KafkaProxy = { fate: () => "pass", seen: { pass: 0, "lose request": 0, "lose reply": 0 } }
    const sockets = new Set<Socket>()
    const port = yield* Effect.promise(freePort)
    yield* Effect.acquireRelease(
      Effect.promise(
        () =>
          new Promise<Server>((resolve) => {
            const server = createServer((client) => {
              sockets.add(client)
              talk(proxy, client, brokerPort)
            })
            server.listen(port, "127.0.0.1", () => resolve(server))
          })
      ),
      (server) =>
        Effect.promise(() => {
          for (const socket of sockets) socket.destroy()
          return new Promise((resolve) => server.close(resolve))
        })
    )
    return { port, proxy }
  })
