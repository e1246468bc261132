/**
 * The platform on this machine: chat, tokens, streams and emote lists on one port, plain or with
 * TLS.
 */
import { createServer, type RequestListener, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"
import type { Certificate } from "../Certificates.ts"
import { ChatServer } from "./ChatServer.ts"
import { CLIENT_ID, CLIENT_SECRET, Lists } from "./Lists.ts"

export interface TwitchOptions {
  /** With it the server speaks TLS only. Clients trust it by NODE_EXTRA_CA_CERTS. */
  readonly certificate?: Certificate | undefined
  /** 0 = a free one. */
  readonly port?: number
  readonly seed?: number
}

export interface TwitchServer {
  readonly port: number
  /** The value of TWITCH_CHAT_URL. */
  readonly chatUrl: string
  readonly httpUrl: string
  readonly chat: ChatServer
  readonly lists: Lists
  /**
   * The variables that make a collector read this server: chat, and the emote lists. With
   * `withViewers` also the credentials for viewer counts.
   */
  readonly variables: (options?: { readonly withViewers?: boolean }) => Readonly<Record<string, string>>
  /** Stops listening and cuts all connections: further ones are refused. */
  readonly stop: Effect.Effect<void>
  /** Listens on the same port again. */
  readonly start: Effect.Effect<void>
}

const variablesOf = (chatUrl: string, httpUrl: string, withViewers: boolean): Readonly<Record<string, string>> => ({
  TWITCH_CHAT_URL: chatUrl,
  TWITCH_API_URL: `${httpUrl}/helix`,
  TWITCH_TOKEN_URL: `${httpUrl}/oauth2/token`,
  EMOTE_URL_7TV: `${httpUrl}/7tv`,
  EMOTE_URL_BTTV: `${httpUrl}/bttv`,
  EMOTE_URL_FFZ: `${httpUrl}/ffz`,
  ...(withViewers ? { TWITCH_CLIENT_ID: CLIENT_ID, TWITCH_CLIENT_SECRET: CLIENT_SECRET } : {})
})

/** Starts it on 127.0.0.1, for the scope. */
export const startTwitchServer = (options: TwitchOptions = {}): Effect.Effect<TwitchServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { certificate, port: wanted = 0, seed = 1 } = options
    const chat = new ChatServer(seed)
    const lists = new Lists()
    const listener: RequestListener = (request, response) =>
      void lists.answer(request, response).catch(() => response.destroy())
    const server: Server =
      certificate === undefined
        ? createServer(listener)
        : createTlsServer({ cert: certificate.cert, key: certificate.key }, listener)
    chat.attach(server)
    const listen = (port: number): Effect.Effect<void> =>
      Effect.callback<void>((resume) => {
        server.once("error", (error) => resume(Effect.die(error)))
        server.listen(port, "127.0.0.1", () => resume(Effect.void))
      })
    const stop = Effect.callback<void>((resume) => {
      chat.close()
      server.closeAllConnections()
      server.close(() => resume(Effect.void))
    })
    yield* Effect.acquireRelease(listen(wanted), () => stop)
    const { port } = server.address() as AddressInfo // it listens on TCP
    const [ws, http] = certificate === undefined ? ["ws", "http"] : ["wss", "https"]
    const [chatUrl, httpUrl] = [`${ws}://127.0.0.1:${port}`, `${http}://127.0.0.1:${port}`]
    return {
      port,
      chatUrl,
      httpUrl,
      chat,
      lists,
      variables: ({ withViewers = false } = {}) => variablesOf(chatUrl, httpUrl, withViewers),
      stop,
      start: listen(port)
    }
  })
