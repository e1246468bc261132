import { assert, describe, it } from "@effect/vitest"
import { MomentType } from "../../src/domain/Moment.ts"
import { bodyOf } from "../../src/notify/Body.ts"
import { messageOf } from "./Messages.ts"

const PUBLIC = "https://telemetra.example/live"
const LINK = "https://telemetra.example/live/moments/9007199254740993"

describe("the bodies of notifications", () => {
  it("json has the moment's columns, and its page", () => {
    const data = {
      id: "moment_0",
      stream_id: "alpha",
      moment_type: "raid",
      opened_as: "chat_spike",
      timestamp: "2024-05-01T00:00:00.000Z",
      ended_at: "2024-05-01T00:00:20.000Z",
      intensity: 4.25,
      description: "456 messages in a minute",
      source_partition: 3,
      url: LINK
    }
    assert.deepStrictEqual(JSON.parse(bodyOf("json", messageOf(), PUBLIC)), {
      type: "moment.opened",
      timestamp: "2024-05-01T00:00:30.000Z",
      data
    })
    assert.isNull(JSON.parse(bodyOf("json", messageOf(), undefined)).data.url)
    assert.isNull(JSON.parse(bodyOf("json", messageOf({ intensity: Infinity }), undefined)).data.intensity)
  })

  it("Discord receives an embed that names the id", () =>
    assert.deepStrictEqual(JSON.parse(bodyOf("discord", messageOf(), PUBLIC)), {
      embeds: [
        {
          title: "Raid · alpha",
          description: "456 messages in a minute",
          timestamp: "2024-05-01T00:00:00.000Z",
          fields: [{ name: "Intensity", value: "4.3", inline: true }],
          footer: { text: "moment_0" },
          url: LINK
        }
      ],
      allowed_mentions: { parse: [] }
    }))

  it("Slack receives a text", () =>
    assert.deepStrictEqual(JSON.parse(bodyOf("slack", messageOf(), PUBLIC)), {
      text: `Raid: alpha\n456 messages in a minute\nIntensity 4.3, 2024-05-01T00:00:00.000Z, <${LINK}|open>, moment_0`,
      mrkdwn: false,
      unfurl_links: false
    }))

  it("every type has words, and no page has no link", () => {
    for (const type of MomentType.literals) {
      assert.notInclude(bodyOf("slack", messageOf({ type }), undefined), "undefined")
      assert.notInclude(bodyOf("discord", messageOf({ type }), undefined), "undefined")
    }
  })

  const hostile =
    'a"\\ <!channel> <@1> @everyone @here [x](https://evil.example) **b** `c` ~~d~~ ||e|| \u0000\u{1F600}\uD800'

  it("chat cannot format, link or mention in Discord", () => {
    const { embeds } = JSON.parse(bodyOf("discord", messageOf({ description: hostile, stream: hostile }), undefined))
    for (const text of [embeds[0].description, embeds[0].title]) {
      const plain = text.replaceAll(/\\[^\w\s]/g, "")
      assert.notMatch(plain, /[*_~`|<>[\]()@:]/, "every special character is escaped")
    }
  })

  it("chat cannot link or mention in Slack and its relatives", () => {
    const { text } = JSON.parse(bodyOf("slack", messageOf({ description: hostile, stream: hostile }), undefined))
    assert.notMatch(text, /[<>]/)
    assert.notMatch(text, /@(everyone|here|1)/)
  })

  it("long texts end within the limits of the receiver, with whole characters", () => {
    for (const shift of ["", "x"]) {
      const long = shift + "\u{1F600}".repeat(3_000)
      const { embeds } = JSON.parse(bodyOf("discord", messageOf({ stream: long, description: long }), undefined))
      assert.isAtMost(embeds[0].title.length, 256)
      assert.isAtMost(embeds[0].description.length, 4_096)
      assert.isTrue(embeds[0].title.isWellFormed() && embeds[0].description.isWellFormed())
      const { text } = JSON.parse(bodyOf("slack", messageOf({ stream: long, description: long }), undefined))
      assert.isAtMost(text.length, 4_500)
      assert.isTrue(text.isWellFormed())
    }
  })
})
