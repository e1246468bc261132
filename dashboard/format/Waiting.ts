/** The words about public chat that the worker collects. Pure. */
import type { PipelineStatus } from "../api/Wire.ts"

type Collects = NonNullable<PipelineStatus["collects"]>
type State = Collects["channels"][number]["state"]

/** The most channels that are listed by name. */
const MOST_NAMED = 5

/** `twitch:one`, `twitch:one and twitch:two`, `twitch:one, twitch:two and 98 others`. */
const listed = (names: ReadonlyArray<string>): string => {
  const shown = names.length > MOST_NAMED ? names.slice(0, MOST_NAMED - 1) : names
  const others = names.length - shown.length
  const parts = others === 0 ? shown : [...shown, `${others} others`]
  const last = parts.at(-1) ?? ""
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`
}

const SENTENCES: Readonly<Record<State, (names: string) => string>> = {
  joining: (names) => `Connecting to the chat of ${names}.`,
  reading: (names) => `Reading the chat of ${names}.`,
  disconnected: (names) => `Disconnected from the chat of ${names}; the worker reconnects.`,
  refused: (names) => `The chat of ${names} cannot be read.`
}

/** The channels by state, and the reasons. */
export const channelLines = (channels: Collects["channels"]): ReadonlyArray<string> => {
  const lines = (["joining", "reading", "disconnected", "refused"] as const).flatMap((state) => {
    const names = channels.filter((channel) => channel.state === state).map(({ channel }) => channel)
    return names.length === 0 ? [] : [SENTENCES[state](listed(names))]
  })
  const reasons = new Set(channels.flatMap(({ reason }) => (reason === null ? [] : [reason])))
  return [...lines, ...[...reasons].slice(0, MOST_NAMED).map((reason) => `Reason: ${reason}.`)]
}

/** The words of an empty page. */
export const waitingWords = ({
  channels,
  first_rows_after_ms
}: Collects): { readonly title: string; readonly lines: ReadonlyArray<string> } => {
  const seconds = Math.ceil(first_rows_after_ms / 1000)
  return {
    title: "Waiting for chat.",
    lines: [
      ...channelLines(channels),
      `A stream appears here about ${seconds === 1 ? "a second" : `${seconds} seconds`} after its first message.`
    ]
  }
}
