/**
 * The bodies of requests. Streams and descriptions quote the chat, so each form escapes them: they
 * cannot format, link or mention. Pure.
 */
import type { NotifyTarget } from "../config/AppConfig.ts"
import type { MomentType } from "../domain/Moment.ts"
import type { Message } from "./Message.ts"

const LABELS: Readonly<Record<MomentType, string>> = {
  raid: "Raid",
  hype: "Hype",
  chat_spike: "Chat spike",
  viewer_surge: "Viewer surge",
  chat_drop: "Chat drop",
  viewer_drop: "Viewer drop",
  sentiment_shift: "Mood shift"
}

/** The page of the moment; `null` without PUBLIC_URL. */
const linkOf = ({ momentId }: Message, publicUrl: string | undefined): string | null =>
  publicUrl === undefined ? null : `${publicUrl}/moments/${momentId}`

const instant = (ms: number): string => new Date(ms).toISOString()

/** At most so many UTF-16 units, without half a character at the end. */
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`

const json = (message: Message, link: string | null) => ({
  type: "moment.opened",
  timestamp: instant(message.createdAtMs),
  data: {
    id: message.id,
    stream_id: message.stream,
    moment_type: message.type,
    opened_as: message.openedAs,
    timestamp: instant(message.timestampMs),
    ended_at: instant(message.endedAtMs),
    intensity: message.intensity,
    description: message.description,
    source_partition: message.sourcePartition,
    url: link
  }
})

/** Discord reads Markdown. */
const markdown = (text: string): string => text.replaceAll(/[\\*_~`|<>[\]()#@:-]/g, String.raw`\$&`)

/** Limits of Discord, in characters: title, description. */
const DISCORD_TITLE = 256
const DISCORD_DESCRIPTION = 4096

const discord = (message: Message, link: string | null) => ({
  embeds: [
    {
      title: cut(`${LABELS[message.type]} · ${markdown(message.stream)}`, DISCORD_TITLE),
      description: cut(markdown(message.description), DISCORD_DESCRIPTION),
      timestamp: instant(message.timestampMs),
      fields: [{ name: "Intensity", value: message.intensity.toFixed(1), inline: true }],
      footer: { text: message.id },
      ...(link === null ? {} : { url: link })
    }
  ],
  allowed_mentions: { parse: [] }
})

/**
 * Slack reads &, < and >. Receivers that are compatible with it read @channel too, so a zero-width
 * space follows each @.
 */
const slackText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("@", "@\u200B")

/** The most characters of a text that Slack recommends. */
const SLACK_TEXT = 4_000

const slack = (message: Message, link: string | null) => ({
  text: [
    `${LABELS[message.type]}: ${slackText(cut(message.stream, 255))}`,
    slackText(cut(message.description, SLACK_TEXT)),
    `Intensity ${message.intensity.toFixed(1)}, ${instant(message.timestampMs)}${link === null ? "" : `, <${link}|open>`}, ${message.id}`
  ].join("\n"),
  mrkdwn: false,
  unfurl_links: false
})

const BODIES = { json, discord, slack }

/**
 * The body as JSON text, the same in every attempt while PUBLIC_URL stays. A number that is not
 * finite becomes `null`.
 */
export const bodyOf = (shape: NotifyTarget["shape"], message: Message, publicUrl: string | undefined): string =>
  JSON.stringify(BODIES[shape](message, linkOf(message, publicUrl)))
