import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseChannels } from "../../src/collect/ChannelNames.ts"
import { named } from "./ScriptedPlatform.ts"

const PLATFORMS = [named("twitch"), named("kick")]

/** `platform:stream` of each channel, or the problem. */
const parse = (text: string): ReadonlyArray<string> | string =>
  Result.match(parseChannels(text.split(","), PLATFORMS), {
    onFailure: (problem) => problem,
    onSuccess: (channels) =>
      channels.flatMap(({ platform: { name }, streams }) => streams.map((stream) => `${name}:${stream}`))
  })

describe("the channels of COLLECT", () => {
  it.each([
    ["twitch:one", ["twitch:one"]],
    ["twitch:one,two", ["twitch:one", "twitch:two"]],
    ["twitch:one,twitch:two", ["twitch:one", "twitch:two"]],
    ["twitch:one,kick:two,three", ["twitch:one", "kick:two", "kick:three"]],
    ["twitch:one,kick:two,twitch:three", ["twitch:one", "twitch:three", "kick:two"]],
    ["twitch: One , TWO", ["twitch:one", "twitch:two"]],
    ["Twitch:one", ["twitch:one"]],
    ["twitch:one,ONE,#one,@one", ["twitch:one"]],
    ["twitch:https://www.twitch.tv/One", ["twitch:one"]],
    ["twitch:http://twitch.tv/one/videos?filter=all", ["twitch:one"]],
    ["twitch:m.twitch.tv/one/", ["twitch:one"]],
    ["twitch.tv/one", ["twitch:one"]],
    ["https://www.twitch.tv/one,two", ["twitch:one", "twitch:two"]],
    ["twitch:#one,@two", ["twitch:one", "twitch:two"]]
  ])("%s", (text, expected) => {
    assert.deepStrictEqual(parse(text), expected)
  })

  it.each([
    ["one", "a platform before the first channel, such as twitch:one"],
    ["#one", "a platform before the first channel, such as twitch:one"],
    ["https://example.org/one", "a platform before the first channel, such as twitch:one"],
    ["youtube:one", 'a platform before the colon of "youtube:one", one of: twitch, kick'],
    ["twitch:", 'the name of a channel instead of "": The name is empty.'],
    ["twitch:#", 'the name of a channel instead of "#": The name is empty.'],
    ["twitch:one two", 'the name of a channel instead of "one two": A name has letters, digits and _.'],
    [
      "twitch:https://twitch.tv",
      'the name of a channel instead of "https://twitch.tv": A name has letters, digits and _.'
    ],
    ["twitch:one,twit:two", 'a platform before the colon of "twit:two", one of: twitch, kick']
  ])("%s is refused in one sentence", (text, problem) => {
    assert.strictEqual(parse(text), problem)
  })
})
