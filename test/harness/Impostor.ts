/**
 * A server that claims to be PostgreSQL and wants passwords. It sends a test's answers, and keeps
 * every message that it receives.
 */
import { Effect, type Scope } from "effect"
import { createServer, type Server, type Socket } from "node:net"
import { createSecureContext, TLSSocket } from "node:tls"
import type { Certificate } from "./Certificates.ts"

export interface Impostor {
  readonly port: number
  /** All bytes of all clients, as they are once decrypted. */
  readonly received: () => Buffer
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** A message of the protocol. */
export const message = (type: string, body: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from(type), int32(body.length + 4), body])

/** AuthenticationOk and the requests for a proof of the password. */
export const authentication = {
  ok: message("R", int32(0)),
  cleartext: message("R", int32(3)),
  md5: message("R", Buffer.concat([int32(5), Buffer.from("salt")])),
  scram: message("R", Buffer.concat([int32(10), Buffer.from("SCRAM-SHA-256\0\0")])),
  scramContinue: (text: string) => message("R", Buffer.concat([int32(11), Buffer.from(text)])),
  scramFinal: (text: string) => message("R", Buffer.concat([int32(12), Buffer.from(text)]))
}

/** An ErrorResponse. */
export const errorResponse = (code: string, text: string, severity = "FATAL"): Buffer =>
  message("E", Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`))

/**
 * Answers the client's n-th message, counted from 0: the first is StartupMessage. `undefined` =
 * nothing.
 */
export type Script = (index: number, sent: Buffer) => Buffer | undefined

const isSslRequest = (chunk: Buffer): boolean => chunk.length === 8 && chunk.readInt32BE(4) === 80_877_103

/** Listens on 127.0.0.1 until the scope ends. Without a certificate it refuses TLS. */
export const startImpostor = (script: Script, certificate?: Certificate): Effect.Effect<Impostor, never, Scope.Scope> =>
  Effect.gen(function* () {
    const chunks: Array<Buffer> = []
    const sockets = new Set<Socket>()
    const talk = (socket: Socket): void => {
      let index = 0
      socket.on("error", () => socket.destroy())
      socket.on("data", (chunk: Buffer) => {
        if (isSslRequest(chunk)) {
          if (certificate === undefined) return void socket.write("N")
          socket.removeAllListeners("data")
          socket.write("S")
          const context = createSecureContext({ cert: certificate.cert, key: certificate.key })
          return talk(new TLSSocket(socket, { isServer: true, secureContext: context }))
        }
        chunks.push(chunk)
        const answer = script(index++, chunk)
        if (answer !== undefined) socket.write(answer)
      })
    }
    const server = yield* Effect.acquireRelease(
      Effect.promise(
        () =>
          new Promise<Server>((resolve) => {
            const server = createServer((socket) => {
              sockets.add(socket)
              talk(socket)
            })
            server.listen(0, "127.0.0.1", () => resolve(server))
          })
      ),
      (server) =>
        Effect.promise(() => {
          for (const socket of sockets) socket.destroy()
          return new Promise<void>((resolve) => server.close(() => resolve()))
        })
    )
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("the impostor has no port")
    return { port: address.port, received: () => Buffer.concat(chunks) }
  })
