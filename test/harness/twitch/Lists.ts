/**
 * The HTTP side of the platform: tokens, Helix's streams, and the emote lists of 7TV, BetterTTV and
 * FrankerFaceZ, in the shapes of their public documentation.
 */
import type { IncomingMessage, ServerResponse } from "node:http"

/** Emote names of one provider. */
interface Names {
  readonly sevenTv: ReadonlyArray<string>
  readonly bttv: ReadonlyArray<string>
  readonly ffz: ReadonlyArray<string>
}

/** How a request is answered: the usual way, or by a fault. */
export type HttpBehavior = "usual" | "silent" | "cut" | "garbage" | number

export interface HttpRequestSeen {
  readonly atMs: number
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly status: number | undefined
}

export const CLIENT_ID = "hof5gwx0su6owfnys0yan9c87zr6t"
export const CLIENT_SECRET = "41vpdji4e9gif29md0ouet6fktd2"

const MOST_LOGINS = 100

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString("utf8")
}

const sevenTvSet = (names: ReadonlyArray<string>, id: string) => ({
  id,
  name: "Emotes",
  flags: 0,
  tags: [],
  immutable: false,
  privileged: false,
  emotes: names.map((name, index) => ({
    id: `01F6MQ33FG000FFJ97ZB8MWV${index}`,
    name,
    flags: 0,
    timestamp: 1_683_154_604_000,
    actor_id: null,
    data: { id: `01F6MQ33FG000FFJ97ZB8MWV${index}`, name: `${name}Original`, flags: 0, lifecycle: 3, animated: false }
  })),
  emote_count: names.length,
  capacity: 1_000
})

const bttvEmotes = (names: ReadonlyArray<string>) =>
  names.map((code, index) => ({
    id: `56e9f494fff3cc5c35e5287${index}`,
    code,
    imageType: "png",
    animated: false,
    userId: "5561169bd6b9d206222a8c19"
  }))

const ffzSet = (names: ReadonlyArray<string>, id: number) => ({
  id,
  _type: 1,
  icon: null,
  title: "Channel",
  css: null,
  emoticons: names.map((name, index) => ({
    id: 9_000 + index,
    name,
    height: 26,
    width: 37,
    public: true,
    hidden: false
  }))
})

export class Lists {
  /** Viewers of the live streams, by login. Others are offline. */
  readonly viewers = new Map<string, number>()
  /** Emotes of a room, by its id. */
  readonly rooms = new Map<string, Names>()
  global: Names = {
    sevenTv: ["EZ", "Clap", "peepoHappy"],
    bttv: ["FeelsBirthdayMan", ":tf:"],
    ffz: ["ZreknarF", "LilZ"]
  }
  /** The answer to a path. */
  behave: (path: string) => HttpBehavior = () => "usual"
  readonly requests: Array<HttpRequestSeen> = []
  readonly #tokens = new Set<string>()

  /** Tokens become invalid, as after a password change. */
  expireTokens(): void {
    this.#tokens.clear()
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/"
    const url = new URL(path, "http://127.0.0.1")
    const body = await readBody(request)
    const behavior = this.behave(path)
    const [status, value] =
      behavior === "usual" ? this.#usual(request, url, body) : [typeof behavior === "number" ? behavior : 200, {}]
    this.requests.push({
      atMs: Date.now(),
      method: request.method ?? "",
      path,
      status: behavior === "silent" || behavior === "cut" ? undefined : status
    })
    if (behavior === "silent") return
    if (behavior === "cut") return void request.socket.destroy()
    response.writeHead(status, { "content-type": "application/json" })
    response.end(behavior === "garbage" ? '<html>{"data":[' : JSON.stringify(value))
  }

  #usual(request: IncomingMessage, url: URL, body: string): readonly [number, unknown] {
    const path = url.pathname
    if (request.method === "POST" && path.endsWith("/token"))
      return this.#token(new URLSearchParams(body || url.search))
    if (path.endsWith("/streams")) return this.#streams(request, url)
    const room = /\/(?:users\/twitch|room\/id)\/([^/]+)$/.exec(path)?.[1]
    const isGlobal = path.endsWith("/global")
    const names = isGlobal ? this.global : this.rooms.get(room ?? "")
    if (names === undefined || (room === undefined && !isGlobal)) {
      return [404, { status: 404, error: "Not Found", message: "user not found" }]
    }
    if (path.startsWith("/7tv")) {
      const set = sevenTvSet(names.sevenTv, "01GG8F04Y000089195YKEP5CA3")
      return [200, isGlobal ? set : { id: room, platform: "TWITCH", username: "demo", emote_set: set }]
    }
    if (path.startsWith("/bttv")) {
      if (isGlobal) return [200, bttvEmotes(names.bttv)]
      const half = Math.ceil(names.bttv.length / 2)
      return [
        200,
        {
          id: "5561169bd6b9d206222a8c19",
          bots: [],
          avatar: "",
          channelEmotes: bttvEmotes(names.bttv.slice(0, half)),
          sharedEmotes: bttvEmotes(names.bttv.slice(half))
        }
      ]
    }
    if (path.startsWith("/ffz")) {
      return isGlobal
        ? [200, { default_sets: [3], sets: { "3": ffzSet(names.ffz, 3) }, users: {} }]
        : [200, { room: { _id: 1, twitch_id: Number(room), id: "demo", set: 4 }, sets: { "4": ffzSet(names.ffz, 4) } }]
    }
    return [404, { status: 404, error: "Not Found" }]
  }

  #token(fields: URLSearchParams): readonly [number, unknown] {
    if (fields.get("client_id") !== CLIENT_ID) return [400, { status: 400, message: "invalid client" }]
    if (fields.get("client_secret") !== CLIENT_SECRET) return [403, { status: 403, message: "invalid client secret" }]
    if (fields.get("grant_type") !== "client_credentials") return [400, { status: 400, message: "invalid grant type" }]
    const token = `jostpf5q0uzmxmkba9iyug38kj${this.requests.length}`
    this.#tokens.add(token)
    return [200, { access_token: token, expires_in: 5_011_271, token_type: "bearer" }]
  }

  #streams(request: IncomingMessage, url: URL): readonly [number, unknown] {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? ""
    if (!this.#tokens.has(token)) {
      return [401, { error: "Unauthorized", status: 401, message: "Invalid OAuth token" }]
    }
    if (request.headers["client-id"] !== CLIENT_ID) {
      return [401, { error: "Unauthorized", status: 401, message: "Client ID and OAuth token do not match" }]
    }
    const logins = url.searchParams.getAll("user_login")
    if (logins.length > MOST_LOGINS) {
      const message = `The parameter "user_login" was malformed: the value must be less than or equal to 100`
      return [400, { error: "Bad Request", status: 400, message }]
    }
    // Without `first`, a page has 20 streams.
    const first = Number(url.searchParams.get("first") ?? 20)
    const data = logins
      .flatMap((login, index) => {
        const viewers = this.viewers.get(login)
        return viewers === undefined ? [] : [streamItem(login, index, viewers)]
      })
      .slice(0, first)
    return [200, { data, pagination: {} }]
  }
}

const streamItem = (login: string, index: number, viewers: number) => ({
  id: String(40_952_121_085 + index),
  user_id: String(101_051_819 + index),
  user_login: login,
  user_name: login.charAt(0).toUpperCase() + login.slice(1),
  game_id: "263490",
  game_name: "Rust",
  type: "live",
  title: "Hey there, welcome!",
  tags: ["English"],
  viewer_count: viewers,
  started_at: "2021-03-10T15:04:21Z",
  language: "en",
  thumbnail_url: "https://static-cdn.jtvnw.net/previews-ttv/live_user-{width}x{height}.jpg",
  tag_ids: [],
  is_mature: false
})
