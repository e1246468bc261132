/** Who speaks at a second of a partition: the chat's shares, the scenes and the channels that are live. Kept for the last few seconds, for speed alone. */
import type { Cast } from "./Cast.ts"
import type { Scene } from "./Scene.ts"
import type { Lasting, Script } from "./Script.ts"

/** One partition's chat during one second. */
export interface ChatSecond {
  readonly second: number
  /** Sums of the channels' shares up to and with each channel. */
  readonly cumulative: Float64Array
  /** The scenes that last. */
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

/** More than the 8 s by which neighbouring records may lie apart in event time; a power of two. */
const KEPT_SECONDS = 16

/** A few seconds per partition, the newest wins. */
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
      for (let index = 1; index < cumulative.length; index++) {
        cumulative[index] = (cumulative[index] ?? 0) + (cumulative[index - 1] ?? 0)
      }
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

/** The channel at a point of the chat: `at` from 0 (closed) to 1 (open). Never one without a share. */
export const speaker = ({ cumulative }: ChatSecond, at: number): number => {
  let low = 0
  let high = cumulative.length - 1
  const wanted = at * (cumulative[high] ?? 0)
  // the first channel whose sum lies above the point
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((cumulative[middle] ?? 0) > wanted) high = middle
    else low = middle + 1
  }
  return low
}
