/**
 * Which channels are covered: joined in at least one live connection. It reports a gap for the time
 * in which a channel was covered by none.
 */
import type { Disconnected, Gap, Joined, Refused } from "../Platform.ts"

interface Channel {
  readonly joinedIn: Set<number>
  /** Since when it is not covered, after it was. */
  lost: { readonly fromMs: number; readonly why: string } | undefined
  /** The last report: none, joined or refused. */
  reported: "nothing" | "joined" | "refused"
}

export interface Channels {
  /** The server confirmed the join in this connection. */
  readonly joined: (stream: string, connection: number, nowMs: number) => ReadonlyArray<Joined>
  /** The server does not let this connection read the channel. */
  readonly refused: (stream: string, why: string) => ReadonlyArray<Refused>
  /** This connection no longer gets the channels' messages. The last bytes came at `lastMs`. */
  readonly left: (
    streams: ReadonlyArray<string>,
    connection: number,
    lastMs: number,
    why: string
  ) => ReadonlyArray<Disconnected>
  /** The connection ended: the same for all channels. */
  readonly ended: (connection: number, lastMs: number, why: string) => ReadonlyArray<Disconnected>
  readonly isJoined: (stream: string, connection: number) => boolean
  /**
   * The gaps that ended since the last call: one for all channels that were lost together. It ends
   * at the last of their joins.
   */
  readonly gaps: () => ReadonlyArray<Gap>
}

export const makeChannels = (streams: ReadonlyArray<string>): Channels => {
  const channels = new Map<string, Channel>(
    streams.map((stream) => [stream, { joinedIn: new Set(), lost: undefined, reported: "nothing" }])
  )
  const ended = new Map<string, { streams: Array<string>; fromMs: number; toMs: number; why: string }>()

  const left: Channels["left"] = (streams, connection, lastMs, why) => {
    const lost = streams.filter((stream) => {
      const channel = channels.get(stream)
      if (channel?.joinedIn.delete(connection) !== true || channel.joinedIn.size > 0) return false
      channel.lost = { fromMs: lastMs, why }
      channel.reported = "nothing"
      return true
    })
    return lost.length === 0 ? [] : [{ _tag: "Disconnected", streams: lost, why }]
  }

  return {
    joined: (stream, connection, nowMs) => {
      const channel = channels.get(stream)
      if (channel === undefined || channel.joinedIn.has(connection)) return []
      channel.joinedIn.add(connection)
      if (channel.lost !== undefined) {
        const { fromMs, why } = channel.lost
        const gap = ended.get(`${fromMs} ${why}`)
        if (gap === undefined) ended.set(`${fromMs} ${why}`, { streams: [stream], fromMs, toMs: nowMs, why })
        else {
          gap.streams.push(stream)
          gap.toMs = nowMs
        }
        channel.lost = undefined
      }
      if (channel.reported === "joined") return []
      channel.reported = "joined"
      return [{ _tag: "Joined", stream }]
    },
    refused: (stream, why) => {
      const channel = channels.get(stream)
      if (channel === undefined || channel.joinedIn.size > 0 || channel.reported === "refused") return []
      channel.reported = "refused"
      return [{ _tag: "Refused", stream, why }]
    },
    left,
    ended: (connection, lastMs, why) => left(streams, connection, lastMs, why),
    isJoined: (stream, connection) => channels.get(stream)?.joinedIn.has(connection) === true,
    gaps: () => {
      const gaps = [...ended.values()].map((gap): Gap => ({ _tag: "Gap", ...gap }))
      ended.clear()
      return gaps
    }
  }
}
