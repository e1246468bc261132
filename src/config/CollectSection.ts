/** The collector's part of the configuration. */
import type { CollectConfig, EmoteListConfig, HelixConfig } from "./AppConfig.ts"
import type { Draft } from "./Draft.ts"

const withoutSlash = (url: string): string => url.replace(/\/+$/, "")

/** The application at Twitch; `undefined` = no viewer counts. */
const toHelix = (draft: Draft): HelixConfig | undefined => {
  const { TWITCH_API_URL, TWITCH_CLIENT_ID, TWITCH_CLIENT_SECRET, TWITCH_TOKEN_URL } = draft.values
  for (const [one, other] of [
    ["TWITCH_CLIENT_ID", "TWITCH_CLIENT_SECRET"],
    ["TWITCH_CLIENT_SECRET", "TWITCH_CLIENT_ID"]
  ] as const) {
    if (draft.isSet(one) && !draft.isSet(other)) draft.refuse(other, `a value, because ${one} is set`)
  }
  if (TWITCH_CLIENT_ID === undefined || TWITCH_CLIENT_SECRET === undefined) return undefined
  return {
    apiUrl: withoutSlash(TWITCH_API_URL),
    tokenUrl: TWITCH_TOKEN_URL,
    clientId: TWITCH_CLIENT_ID,
    clientSecret: TWITCH_CLIENT_SECRET
  }
}

const toEmoteLists = (draft: Draft): ReadonlyArray<EmoteListConfig> => {
  const { EMOTE_LISTS, EMOTE_URL_7TV, EMOTE_URL_BTTV, EMOTE_URL_FFZ } = draft.values
  const urls = { "7tv": EMOTE_URL_7TV, bttv: EMOTE_URL_BTTV, ffz: EMOTE_URL_FFZ }
  const names = new Set(EMOTE_LISTS)
  if (names.has("none") && names.size > 1) draft.refuse("EMOTE_LISTS", "none alone, or names of lists without none")
  return [...names].flatMap((name) => (name === "none" ? [] : [{ name, url: withoutSlash(urls[name]) }]))
}

export const toCollect = (draft: Draft): CollectConfig => ({
  channels: draft.values.COLLECT ?? [],
  twitch: { chatUrl: draft.values.TWITCH_CHAT_URL, helix: toHelix(draft), emoteLists: toEmoteLists(draft) }
})
