/** The joins of one connection: at Twitch's rate, repeated if there is no answer. */
import { Deferred, type Duration, Effect } from "effect"
import type { Rate } from "./Rate.ts"

/** A join without an answer for this long is repeated once, then the channel counts as refused. */
const ANSWER = "15 seconds"
const ATTEMPTS = 2
/** Channels may be created, and suspensions end. */
const AFTER_REFUSAL = "10 minutes"

export interface JoinOptions {
  readonly streams: ReadonlyArray<string>
  readonly rate: Rate
  readonly send: (line: string) => Effect.Effect<void>
  /** Runs when the server refuses a channel. */
  readonly onRefused: (stream: string, why: string) => Effect.Effect<void>
}

export interface Joins {
  /** Joins all channels, and joins them again when they are left. Never ends. */
  readonly run: Effect.Effect<void>
  readonly confirm: (stream: string) => void
  readonly refuse: (stream: string, why: string) => void
  /** The server removed us from the channel. */
  readonly leave: (stream: string) => void
  /** Every channel has been joined or refused. */
  readonly isSettled: () => boolean
}

interface Channel {
  state: "joining" | "joined" | "refused"
  /** The cause of the refusal. */
  why: string
  /** Completes when `state` changes. */
  changed: Deferred.Deferred<void>
}

export const makeJoins = ({ onRefused, rate, send, streams }: JoinOptions): Joins => {
  const channels = new Map<string, Channel>(
    streams.map((stream) => [stream, { state: "joining", why: "", changed: Deferred.makeUnsafe() }])
  )
  const unsettled = new Set(streams)

  const change = (stream: string, from: ReadonlyArray<Channel["state"]>, to: Channel["state"], why = ""): void => {
    const channel = channels.get(stream)
    if (channel === undefined || !from.includes(channel.state)) return
    const { changed } = channel
    channel.state = to
    channel.why = why
    channel.changed = Deferred.makeUnsafe()
    if (to !== "joining") unsettled.delete(stream)
    Deferred.doneUnsafe(changed, Effect.void)
  }

  /** Waits until the state changes, at most so long. */
  const wait = (channel: Channel, atMost: Duration.Input): Effect.Effect<unknown> =>
    Effect.timeoutOption(Deferred.await(channel.changed), atMost)

  const join = Effect.fnUntraced(function* (stream: string, channel: Channel) {
    for (let attempt = 1; attempt <= ATTEMPTS && channel.state === "joining"; attempt++) {
      yield* rate.take
      if (channel.state !== "joining") return
      yield* send(`JOIN #${stream}`)
      yield* wait(channel, ANSWER)
    }
    change(stream, ["joining"], "refused", "the server does not confirm the join: no such channel?")
  })

  const keep = Effect.fnUntraced(function* (stream: string, channel: Channel) {
    for (;;) {
      if (channel.state === "joining") yield* join(stream, channel)
      else if (channel.state === "joined") yield* Deferred.await(channel.changed)
      else {
        yield* onRefused(stream, channel.why)
        yield* wait(channel, AFTER_REFUSAL)
        change(stream, ["refused"], "joining")
      }
    }
  })

  return {
    run: Effect.forEach(channels, ([stream, channel]) => keep(stream, channel), {
      concurrency: "unbounded",
      discard: true
    }),
    // Confirmations may be late.
    confirm: (stream) => change(stream, ["joining", "refused"], "joined"),
    refuse: (stream, why) => change(stream, ["joining"], "refused", why),
    leave: (stream) => change(stream, ["joined"], "joining"),
    isSettled: () => unsettled.size === 0
  }
}
