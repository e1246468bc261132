/**
 * The speakers of one second of a partition: chat shares, scenes and live channels. Caches the last
 * few seconds.
 */
import { outside } from "../../domain/Invariant.ts"
import type { Cast } from "./Cast.ts"
import type { Scene } from "./Scene.ts"
import type { Lasting, Script } from "./Script.ts"

/** One partition's chat during one second. */
export interface ChatSecond {
  readonly second: number
  /** Cumulative shares, including each channel's own. All are 0 if no channel is live. */
  readonly cumulative: Float64Array
  /** The present scenes. */
  readonly on: ReadonlyArray<Lasting>
}

/** One partition's viewers during one second. */
export interface ViewerSecond {
  readonly second: number
  /** Indices of the channels that are live, ascending. */
  readonly live: ReadonlyArray<number>
  /** The scenes that have an effect. */
  readonly near: ReadonlyArray<Scene>
}

/** More than the 8 s between the event times of neighbouring records; a power of two. */
const KEPT_SECONDS = 16

/** A few seconds per partition; newer ones replace older ones. */
class Ring<Second extends { readonly second: number }> {
  readonly #make: (partition: number, second: number) => Second
  readonly #partitions = new Map<number, Array<Second | undefined>>()

  constructor(make: (partition: number, second: number) => Second) {
    this.#make = make
  }

  at(partition: number, second: number): Second {
    let ring = this.#partitions.get(partition)
    if (ring === undefined) {
      ring = Array.from({ length: KEPT_SECONDS }, () => undefined)
      this.#partitions.set(partition, ring)
    }
    const place = second & (KEPT_SECONDS - 1)
    const kept = ring[place]
    if (kept !== undefined && kept.second === second) return kept
    const made = this.#make(partition, second)
    ring[place] = made
    return made
  }
}

/** The scenes that have an effect during a second. */
interface NearSecond {
  readonly second: number
  readonly near: ReadonlyArray<Scene>
}

export class Seconds {
  readonly #chat: Ring<ChatSecond>
  readonly #viewers: Ring<ViewerSecond>

  constructor(cast: Cast, script: Script) {
    const scenes = new Ring<NearSecond>((partition, second) => ({ second, near: script.near(partition, second) }))
    this.#chat = new Ring((partition, second) => {
      const { on, shares: cumulative } = script.chat(partition, second, scenes.at(partition, second).near)
      let sum = 0
      for (const [index, share] of cumulative.entries()) cumulative[index] = sum += share
      return { second, cumulative, on }
    })
    this.#viewers = new Ring((partition, second) => ({
      second,
      live: cast
        .channels(partition)
        .filter((channel) => script.presence(channel, second) > 0)
        .map((channel) => channel.index),
      near: scenes.at(partition, second).near
    }))
  }

  chat(partition: number, second: number): ChatSecond {
    return this.#chat.at(partition, second)
  }

  viewers(partition: number, second: number): ViewerSecond {
    return this.#viewers.at(partition, second)
  }
}

/** The sum of the shares. */
export const totalShare = ({ cumulative }: ChatSecond): number => cumulative.at(-1) ?? outside()

/**
 * The channel at a point of the chat: `at` from 0 (closed) to 1 (open). It always has a share, if
 * the second has.
 */
export const speaker = (chat: ChatSecond, at: number): number => {
  const { cumulative } = chat
  let low = 0
  let high = cumulative.length - 1
  const wanted = at * totalShare(chat)
  // The first channel whose cumulative share is above the point.
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cumulative[middle] ?? outside()) > wanted) high = middle
    else low = middle + 1
  }
  return low
}
