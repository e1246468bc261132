/** Twitch as it is configured: its chat, viewer counts and third-party emotes. */
import { Effect } from "effect"
import type { CollectConfig } from "../../config/AppConfig.ts"
import * as EmoteLists from "./emotes/EmoteLists.ts"
import * as Twitch from "./Twitch.ts"
import * as Viewers from "./Viewers.ts"
import * as WebSocket from "./WebSocket.ts"

export const make = ({ chatUrl, emoteLists, helix }: CollectConfig["twitch"]) =>
  Effect.gen(function* () {
    const viewers = helix === undefined ? Viewers.none : yield* Viewers.helix(helix)
    const emotes = yield* EmoteLists.make({ lists: emoteLists })
    return yield* Twitch.make({ chatUrl, viewers, emotes })
  }).pipe(Effect.provide(WebSocket.layer))
