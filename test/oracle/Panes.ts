/**
 * The part of its events that a pane of one input keeps, recounted from docs/SEMANTICS.md,
 * "Limits". Events come in by offset, and the first are kept. Shares no line with the worker.
 */
import type { Decoded } from "./Decode.ts"
import { greatestCommonDivisor } from "./Tempo.ts"
import { beginning, bytesOf } from "./Words.ts"

export interface Limits {
  readonly streamsPerPane: number
  readonly emoteCost: number
  readonly chatterCost: number
  readonly textCost: number
  readonly leastPaneCost: number
  readonly messagesPerWindow: number
  readonly samplesPerWindow: number
}

/** Emotes of one event. */
export const EMOTES_PER_EVENT = 256

/** The state kept for a counted event. */
export interface Kept {
  readonly emotes: ReadonlyArray<string>
  readonly cutEmotes: number
  readonly isUserCut: boolean
  /** Whether quotes have the message. */
  readonly isQuotable: boolean
}

type Counted = Exclude<Decoded, { readonly kind: "dead" }>

interface StreamInPane {
  events: number
  textCost: number
  emoteCost: number
  chatterCost: number
  readonly emotes: Set<string>
}

interface Pane {
  textCost: number
  emoteCost: number
  chatterCost: number
  readonly streams: Map<string, StreamInPane>
}

const newPane = (): Pane => ({ emoteCost: 0, chatterCost: 0, textCost: 0, streams: new Map() })

const bytesIn = (text: string): number => new TextEncoder().encode(text).length

export class PaneKeeper {
  readonly #paneMs: number
  readonly #limits: Limits
  readonly #mostMessages: number
  readonly #mostSamples: number
  readonly #emoteCost: number
  readonly #textCost: number
  readonly #chatterCost: number
  readonly #panes = new Map<number, Pane>()
  /** The newest pane in which a user was kept, by stream and user. */
  readonly #newest = new Map<string, number>()

  /** `inputs`: how many of the task's inputs are of this kind. */
  constructor(
    settings: { readonly sizeMs: number; readonly slideMs: number; readonly limits: Limits },
    inputs: number
  ) {
    const { limits, sizeMs, slideMs } = settings
    this.#limits = limits
    this.#paneMs = greatestCommonDivisor(sizeMs, slideMs)
    const inWindow = sizeMs / this.#paneMs
    const copies = inputs > 1 ? inputs * (1 + Math.ceil(sizeMs / slideMs)) : 1
    const costOfPane = (cost: number): number =>
      Math.max(limits.leastPaneCost, Math.floor(cost / (inWindow + inWindow) / copies))
    this.#emoteCost = costOfPane(limits.emoteCost)
    this.#chatterCost = costOfPane(limits.chatterCost)
    this.#textCost = costOfPane(limits.textCost)
    this.#mostMessages = Math.max(1, Math.floor(limits.messagesPerWindow / inWindow / inputs))
    this.#mostSamples = Math.max(1, Math.floor(limits.samplesPerWindow / inWindow / inputs))
  }

  /** Takes an event that is not late for all its windows; `undefined` = it is cut. */
  keep(event: Counted): Kept | undefined {
    const number = Math.floor(event.timeMs / this.#paneMs)
    const pane = this.#panes.get(number) ?? newPane()
    this.#panes.set(number, pane)
    let stream = pane.streams.get(event.stream)
    if (stream === undefined) {
      if (pane.streams.size >= this.#limits.streamsPerPane) return undefined
      stream = { events: 0, emoteCost: 0, chatterCost: 0, textCost: 0, emotes: new Set() }
      pane.streams.set(event.stream, stream)
    }
    if (stream.events >= (event.kind === "chat" ? this.#mostMessages : this.#mostSamples)) return undefined
    stream.events++
    if (event.kind === "viewer") return { emotes: [], cutEmotes: 0, isUserCut: false, isQuotable: false }

    const emotes = event.emotes.slice(0, EMOTES_PER_EVENT).filter((emote) => this.#keepEmote(pane, stream, emote))
    return {
      emotes,
      cutEmotes: event.emotes.length - emotes.length,
      isUserCut: !this.#keepUser(pane, stream, number, event),
      isQuotable: this.#keepText(pane, stream, event)
    }
  }

  #keepEmote(pane: Pane, stream: StreamInPane, emote: string): boolean {
    if (stream.emotes.has(emote)) return true
    const cost = 64 + emote.length
    if (pane.emoteCost + cost > this.#emoteCost || stream.emoteCost + cost > this.#emoteCost / 4) return false
    pane.emoteCost += cost
    stream.emoteCost += cost
    stream.emotes.add(emote)
    return true
  }

  #keepText(
    pane: Pane,
    stream: StreamInPane,
    { emotes, text, user }: { readonly user: string; readonly text: string; readonly emotes: ReadonlyArray<string> }
  ): boolean {
    const counted = emotes.slice(0, EMOTES_PER_EVENT)
    const cost =
      64 +
      bytesIn(user) +
      beginning(bytesOf(text)).length +
      counted.reduce((sum, emote) => sum + bytesIn(emote), 0) +
      4 * counted.length
    if (pane.textCost + cost > this.#textCost || stream.textCost + cost > this.#textCost / 4) return false
    pane.textCost += cost
    stream.textCost += cost
    return true
  }

  #keepUser(
    pane: Pane,
    stream: StreamInPane,
    number: number,
    event: { readonly stream: string; readonly user: string }
  ): boolean {
    const key = JSON.stringify([event.stream, event.user])
    const newest = this.#newest.get(key) ?? Number.NEGATIVE_INFINITY
    if (newest === number) return true
    const cost = 64 + bytesIn(event.user)
    if (pane.chatterCost + cost > this.#chatterCost || stream.chatterCost + cost > this.#chatterCost / 4) return false
    pane.chatterCost += cost
    stream.chatterCost += cost
    this.#newest.set(key, Math.max(newest, number))
    return true
  }
}
