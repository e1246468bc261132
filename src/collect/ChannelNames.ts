/**
 * The channels of COLLECT: `twitch:one,two`. A name may be pasted: a URL, `#name` or `@name` count
 * as the name.
 */
import { Result } from "effect"
import type { Platform } from "./Platform.ts"

/** The channels of one platform, by their normal names, each once. */
export interface Channels {
  readonly platform: Platform
  readonly streams: ReadonlyArray<string>
}

/** `platform:name`. A URL's scheme is no platform. */
const PREFIXED = /^([a-z][a-z0-9]*)\s*:(?!\/\/)(.*)$/i

/** A URL, with or without its scheme: the host, then the path's first part. */
const URL_OF_CHANNEL = /^(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]+)\/([^/?#]+)/i

/** The name without the marks with which chats and browsers show it. */
const bareName = (text: string): string => (URL_OF_CHANNEL.exec(text.trim())?.[2] ?? text.trim()).replace(/^[#@]+/, "")

/** The platform whose name is the second-last part of the URL's host: `www.twitch.tv`. */
const platformOfUrl = (text: string, platforms: ReadonlyArray<Platform>): Platform | undefined => {
  const host = URL_OF_CHANNEL.exec(text.trim())?.[1]?.toLowerCase()
  const site = host?.split(".").at(-2)
  return platforms.find(({ name }) => name === site)
}

/**
 * The channels by platform, from the parts of COLLECT between its commas. A part without a platform
 * belongs to the platform of its URL, or else of the part before it. Fails with the expected value
 * as one phrase.
 */
export const parseChannels = (
  parts: ReadonlyArray<string>,
  platforms: ReadonlyArray<Platform>
): Result.Result<ReadonlyArray<Channels>, string> => {
  const known = platforms.map(({ name }) => name).join(", ")
  const streams = new Map<Platform, Set<string>>()
  let platform: Platform | undefined
  for (const part of parts) {
    const [, prefix, rest = ""] = PREFIXED.exec(part.trim()) ?? []
    if (prefix !== undefined) {
      platform = platforms.find(({ name }) => name === prefix.toLowerCase())
      if (platform === undefined) {
        return Result.fail(`a platform before the colon of ${JSON.stringify(part)}, one of: ${known}`)
      }
    } else platform = platformOfUrl(part, platforms) ?? platform
    const text = prefix === undefined ? part : rest
    const name = bareName(text)
    if (platform === undefined) {
      return Result.fail(
        `a platform before the first channel, such as ${platforms[0]?.name}:${name === "" ? "NAME" : name}`
      )
    }
    const stream = platform.normal(name)
    const problem = name === "" ? "The name is empty." : platform.nameProblem(stream)
    if (problem !== undefined) {
      return Result.fail(`the name of a channel instead of ${JSON.stringify(text.trim())}: ${problem}`)
    }
    const ofPlatform = streams.get(platform) ?? new Set()
    streams.set(platform, ofPlatform.add(stream))
  }
  return Result.succeed([...streams].map(([platform, names]) => ({ platform, streams: [...names] })))
}
