/**
 * The WebSocket client: package `ws`, whose reads can be paused, so a slow consumer slows the
 * server instead of filling the memory.
 */
import { WebSocket } from "@effect/platform-node/NodeWS"
import { Layer } from "effect"
import * as Socket from "effect/socket/Socket"

type Listener = (event: Socket.WebSocketEvent) => void
type Data = Buffer | ArrayBuffer | ReadonlyArray<Buffer>

const OPTIONS = {
  // Lines are cut from bytes, so a text message may end inside a character.
  skipUTF8Validation: true,
  perMessageDeflate: false,
  maxPayload: 16 * 1024 * 1024,
  // A peer that has vanished does not answer the close.
  closeTimeout: 2_000
} as const

const bytesOf = (data: Data): Uint8Array => {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return data instanceof Uint8Array ? data : Buffer.concat(data)
}

/** Hands over each message as bytes, also text. */
const asBytes = (socket: WebSocket): Socket.WebSocketLike & { pause(): void; resume(): void } => {
  const readers = new Map<Listener, (data: Data) => void>()
  return {
    get readyState() {
      return socket.readyState
    },
    addEventListener: (type, listener, options) => {
      if (type === "message") {
        const read = (data: Data): void => listener({ data: bytesOf(data) })
        readers.set(listener, read)
        socket.on("message", read)
      } else socket.addEventListener(type as "open", listener as never, options)
    },
    removeEventListener: (type, listener) => {
      const read = readers.get(listener)
      if (type === "message" && read !== undefined) {
        readers.delete(listener)
        socket.off("message", read)
      } else socket.removeEventListener(type as "open", listener as never)
    },
    close: (code, reason) => socket.close(code, reason),
    send: (data) => socket.send(data),
    pause: () => socket.pause(),
    resume: () => socket.resume()
  }
}

export const layer: Layer.Layer<Socket.WebSocketConstructor> = Layer.succeed(Socket.WebSocketConstructor)((url) =>
  asBytes(new WebSocket(url, OPTIONS))
)
