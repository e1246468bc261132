/** A window as the naive forms keep it, and as it is once closed. */
import type { Message } from "./Parse.ts"

export interface ClosedWindow {
  readonly stream: string
  readonly endMs: number
  readonly chatCount: number
  /** Distinct. */
  readonly chatters: number
  readonly scoreMicro: number
  readonly positive: number
  readonly negative: number
  /** By frequency, ties by code unit. */
  readonly topEmotes: ReadonlyArray<string>
}

export class Sums {
  chatCount = 0
  scoreMicro = 0
  positive = 0
  negative = 0
  readonly users = new Set<string>()
  readonly emotes = new Map<string, number>()

  add(event: Message, scoreMicro: number): void {
    this.chatCount++
    this.scoreMicro += scoreMicro
    if (scoreMicro > 0) this.positive++
    if (scoreMicro < 0) this.negative++
    this.users.add(event.user)
    for (const emote of event.emotes) this.emotes.set(emote, (this.emotes.get(emote) ?? 0) + 1)
  }

  merge(other: Sums): void {
    this.chatCount += other.chatCount
    this.scoreMicro += other.scoreMicro
    this.positive += other.positive
    this.negative += other.negative
    for (const user of other.users) this.users.add(user)
    for (const [emote, count] of other.emotes) this.emotes.set(emote, (this.emotes.get(emote) ?? 0) + count)
  }

  closed(stream: string, endMs: number, topEmotes: number): ClosedWindow {
    return {
      stream,
      endMs,
      chatCount: this.chatCount,
      chatters: this.users.size,
      scoreMicro: this.scoreMicro,
      positive: this.positive,
      negative: this.negative,
      topEmotes: [...this.emotes]
        .sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
        .slice(0, topEmotes)
        .map(([name]) => name)
    }
  }
}

/** Of a number (a window's start, a pane's) and a stream; made where there is none yet. */
export const sumsAt = (all: Map<number, Map<string, Sums>>, at: number, stream: string): Sums => {
  let streams = all.get(at)
  if (streams === undefined) all.set(at, (streams = new Map()))
  let sums = streams.get(stream)
  if (sums === undefined) streams.set(stream, (sums = new Sums()))
  return sums
}
