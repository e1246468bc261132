/** Who speaks at a second of a partition: the chat's shares and the channels that are live. Kept for the last few seconds, for speed alone. */
import type { Cast } from "./Cast.ts"
import type { Script, Scripted } from "./Script.ts"

/** One partition's chat during one second. */
export interface ChatScene {
  readonly second: number
  /** Sums of the channels' shares up to and with each channel. */
  readonly cumulative: Float64Array
  /** The moments that have an effect. */
  readonly near: ReadonlyArray<Scripted>
}

/** One partition's viewers during one second. */
export interface ViewerScene {
  readonly second: number
  /** Indices of the channels that are live, ascending. */
  readonly live: ReadonlyArray<number>
  readonly near: ReadonlyArray<Scripted>
}

/** More than the 8 s by which neighbouring records may lie apart in event time; a power of two. */
const KEPT_SECONDS = 16

/** A few scenes per partition by their second, the newest wins. */
class Ring<Scene extends { readonly second: number }> {
  readonly #make: (partition: number, second: number) => Scene
  readonly #partitions = new Map<number, Array<Scene | undefined>>()

  constructor(make: (partition: number, second: number) => Scene) {
    this.#make = make
  }

  at(partition: number, second: number): Scene {
    let ring = this.#partitions.get(partition)
    if (ring === undefined) {
      ring = Array.from({ length: KEPT_SECONDS }, () => undefined)
      this.#partitions.set(partition, ring)
    }
    const place = second & (KEPT_SECONDS - 1)
    const kept = ring[place]
    if (kept !== undefined && kept.second === second) return kept
    const scene = this.#make(partition, second)
    ring[place] = scene
    return scene
  }
}

export class Scenes {
  readonly #chat: Ring<ChatScene>
  readonly #viewers: Ring<ViewerScene>

  constructor(cast: Cast, script: Script) {
    this.#chat = new Ring((partition, second) => {
      const near = script.near(partition, second)
      const cumulative = script.chatShares(partition, second, near)
      for (let index = 1; index < cumulative.length; index++) {
        cumulative[index] = (cumulative[index] ?? 0) + (cumulative[index - 1] ?? 0)
      }
      return { second, cumulative, near }
    })
    this.#viewers = new Ring((partition, second) => ({
      second,
      live: cast
        .channels(partition)
        .filter((channel) => script.presence(channel, second) > 0)
        .map((channel) => channel.index),
      near: script.near(partition, second)
    }))
  }

  chat(partition: number, second: number): ChatScene {
    return this.#chat.at(partition, second)
  }

  viewers(partition: number, second: number): ViewerScene {
    return this.#viewers.at(partition, second)
  }
}

/** The channel at a point of the chat: `at` from 0 (closed) to 1 (open). Never one without a share. */
export const speaker = ({ cumulative }: ChatScene, at: number): number => {
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
