/**
 * The state of the collector: each channel, and counts since the start. The status line, the page
 * and the metrics read it. Bounded by the number of channels.
 */
import { counted, number } from "../domain/Wording.ts"
import type { ChannelState, Collecting } from "../observability/Collecting.ts"
import { COLLECT_DROPS } from "../observability/Metrics.ts"
import type { Disconnected, Dropped, Gap, Refused } from "./Platform.ts"

export interface Channel {
  readonly platform: string
  readonly stream: string
  readonly state: ChannelState
  /** The cause of `disconnected` and `refused`, as one clause. */
  readonly reason: string | undefined
}

/** Counts since the start. */
export interface Counts {
  readonly messages: number
  readonly viewerSamples: number
  readonly dropped: Readonly<Record<Dropped["why"], number>>
  readonly gaps: number
  /** Seconds in which messages of a channel may be missing, summed over the channels. */
  readonly gapSeconds: number
}

const keyOf = (platform: string, stream: string): string => `${platform}:${stream}`

export class CollectState {
  readonly #channels = new Map<string, Channel>()
  #messages = 0
  #viewerSamples = 0
  readonly #dropped: Record<Dropped["why"], number> = { mirrored: 0, unreadable: 0, backlog: 0 }
  #gaps = 0
  #gapSeconds = 0
  /** Counts at the previous status line. */
  #previous = { messages: 0, viewerSamples: 0 }
  /** Events that are read and not yet appended. */
  backlog = 0
  /** The reason why the log does not accept events; `undefined` = it does. */
  blocked: string | undefined

  constructor(channels: ReadonlyArray<{ readonly platform: string; readonly stream: string }>) {
    for (const { platform, stream } of channels) this.#set(platform, stream, "joining")
  }

  #set(platform: string, stream: string, state: ChannelState, reason?: string): void {
    this.#channels.set(keyOf(platform, stream), { platform, stream, state, reason })
  }

  /** Returns whether the channel was never read before. */
  joined(platform: string, stream: string): boolean {
    const before = this.#channels.get(keyOf(platform, stream))?.state
    this.#set(platform, stream, "reading")
    return before !== "reading" && before !== "disconnected"
  }

  disconnected(platform: string, { streams, why }: Disconnected): void {
    for (const stream of streams) this.#set(platform, stream, "disconnected", why)
  }

  refused(platform: string, { stream, why }: Refused): void {
    this.#set(platform, stream, "refused", why)
  }

  /** Returns the seconds of the gap, summed over its channels. */
  gap({ fromMs, streams, toMs }: Gap): number {
    const seconds = (Math.max(0, toMs - fromMs) / 1000) * streams.length
    this.#gaps += 1
    this.#gapSeconds += seconds
    return seconds
  }

  dropped(why: Dropped["why"], count: number): void {
    this.#dropped[why] += count
  }

  appended(messages: number, viewerSamples: number): void {
    this.#messages += messages
    this.#viewerSamples += viewerSamples
    this.backlog -= messages + viewerSamples
  }

  get channels(): ReadonlyArray<Channel> {
    return [...this.#channels.values()]
  }

  get joinedCount(): number {
    return this.channels.filter(({ state }) => state === "reading").length
  }

  get counts(): Counts {
    return {
      messages: this.#messages,
      viewerSamples: this.#viewerSamples,
      dropped: { ...this.#dropped },
      gaps: this.#gaps,
      gapSeconds: this.#gapSeconds
    }
  }

  /** Problems that last, one line each. */
  get problems(): ReadonlyArray<string> {
    const lines: Array<string> = []
    for (const one of ["disconnected", "refused"] as const) {
      const affected = this.channels.filter(({ state }) => state === one)
      const [first] = affected
      if (first === undefined) continue
      const more = affected.length === 1 ? "" : ` and ${counted(affected.length - 1, "other channel")}`
      const what = `Chat of ${first.platform}:${first.stream}${more}`
      lines.push(
        one === "disconnected"
          ? `${what} is disconnected: ${first.reason}. The collector reconnects`
          : `${what} cannot be read: ${first.reason}`
      )
    }
    if (this.blocked !== undefined) {
      lines.push(`The collector cannot append events: ${this.blocked}. It keeps ${counted(this.backlog, "event")}`)
    }
    return lines
  }

  /** The state for the page. */
  collecting(firstRowsMs: number): Collecting {
    return {
      channels: this.channels.map(({ platform, reason, state, stream }) => ({
        channel: keyOf(platform, stream),
        state,
        reason
      })),
      firstRowsMs,
      problems: this.problems
    }
  }

  /** The line for the log. Its rates cover the time since the previous line. */
  statusLine(): string {
    const { dropped, gaps, gapSeconds } = this.counts
    const messages = this.#messages - this.#previous.messages
    const samples = this.#viewerSamples - this.#previous.viewerSamples
    this.#previous = { messages: this.#messages, viewerSamples: this.#viewerSamples }
    const total = this.#channels.size
    const drops = COLLECT_DROPS.filter((why) => dropped[why] > 0).map((why) => `${number(dropped[why])} ${why}`)
    return [
      `Collecting ${this.joinedCount} of ${counted(total, "channel")}: ${counted(messages, "message")}`,
      counted(samples, "viewer sample"),
      `${number(this.backlog)} not yet appended`,
      `${drops.length === 0 ? "0" : drops.join(" and ")} dropped`,
      gaps === 0 ? "0 gaps" : `${counted(gaps, "gap")} (${number(gapSeconds, 0)} s in all)`
    ].join(", ")
  }
}
