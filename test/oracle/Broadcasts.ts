/**
 * The broadcasts of one stream, recounted from docs/SEMANTICS.md, "Broadcasts": from the rows of
 * its windows, each with what its slide alone holds.
 */

/** The content of one slide alone: the end of its window, as long as a slide. */
export interface SlideAlone {
  readonly stream: string
  /** End of the slide (open bound). */
  readonly endMs: number
  /** Distinct people in the reaction span that ends with the slide. */
  readonly people: number
  readonly messages: number
  /** Messages in which the model knows something. */
  readonly scored: number
  /** The sum of the messages' scores in millionths. */
  readonly scoreMicro: number
  readonly viewerSum: number
  readonly viewerSamples: number
}

/** A peak: the greatest value of one slide, and the start of the first slide that has it. */
interface Peak {
  readonly value: number
  readonly atMs: number
}

export interface OracleBroadcast {
  readonly stream: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly messages: number
  readonly scored: number
  readonly scoreMicro: number
  readonly viewerSum: number
  readonly viewerSamples: number
  /** A slide's value is the mean of its samples. */
  readonly peakViewers: Peak | undefined
  readonly peakMessages: Peak | undefined
  readonly peakPeople: Peak | undefined
}

const greater = (peak: Peak | undefined, value: number, atMs: number): Peak =>
  peak === undefined || value > peak.value ? { value, atMs } : peak

/**
 * The stream's broadcast after a slide, which ends after all its others; `undefined` if it is in
 * none.
 */
export const broadcastAfter = (
  latest: OracleBroadcast | undefined,
  { endMs, messages, people, scored, scoreMicro, stream, viewerSamples, viewerSum }: SlideAlone,
  { sessionGapMs, slideMs }: { readonly slideMs: number; readonly sessionGapMs: number }
): OracleBroadcast | undefined => {
  const startMs = endMs - slideMs
  const before = latest === undefined || startMs - latest.endedAtMs > sessionGapMs ? undefined : latest
  if (messages === 0 && viewerSamples === 0) return before
  return {
    stream,
    startedAtMs: before?.startedAtMs ?? startMs,
    endedAtMs: endMs,
    messages: messages + (before?.messages ?? 0),
    scored: scored + (before?.scored ?? 0),
    scoreMicro: scoreMicro + (before?.scoreMicro ?? 0),
    viewerSum: viewerSum + (before?.viewerSum ?? 0),
    viewerSamples: viewerSamples + (before?.viewerSamples ?? 0),
    peakViewers:
      viewerSamples > 0 ? greater(before?.peakViewers, viewerSum / viewerSamples, startMs) : before?.peakViewers,
    peakMessages: messages > 0 ? greater(before?.peakMessages, messages, startMs) : before?.peakMessages,
    peakPeople: people > 0 ? greater(before?.peakPeople, people, startMs) : before?.peakPeople
  }
}

/** The numbers of table `baselines` behind those of the baseline. */
export const BROADCAST_NUMBERS = [
  "startedAt",
  "endedAt",
  "messages",
  "scored",
  "scoreMicro",
  "viewerSum",
  "viewerSamples",
  "peakViewers",
  "peakViewersAt",
  "peakMessages",
  "peakMessagesAt",
  "peakPeople",
  "peakPeopleAt"
] as const

/** In the order of {@link BROADCAST_NUMBERS}; zeros without a broadcast. */
export const numbersOf = (broadcast: OracleBroadcast | undefined): ReadonlyArray<number> => {
  if (broadcast === undefined) return BROADCAST_NUMBERS.map(() => 0)
  const { peakMessages, peakPeople, peakViewers } = broadcast
  return [
    broadcast.startedAtMs,
    broadcast.endedAtMs,
    broadcast.messages,
    broadcast.scored,
    broadcast.scoreMicro,
    broadcast.viewerSum,
    broadcast.viewerSamples,
    ...[peakViewers, peakMessages, peakPeople].flatMap((peak) => [peak?.value ?? 0, peak?.atMs ?? 0])
  ]
}

/** Each broadcast after its last slide, in the order of their first ones. */
export const finalBroadcasts = (
  left: ReadonlyArray<{ readonly broadcast: OracleBroadcast | undefined }>
): ReadonlyArray<OracleBroadcast> => {
  const latest = new Map<string, OracleBroadcast>()
  for (const { broadcast } of left) if (broadcast !== undefined) latest.set(keyOf(broadcast), broadcast)
  return [...latest.values()]
}

/** A row of table `broadcasts`. */
export interface StoredBroadcast {
  readonly stream: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly messages: number
  readonly scored: number
  readonly avgSentiment: number | null
  readonly avgViewers: number | null
  readonly peakViewers: number | null
  readonly peakViewersAtMs: number | null
  readonly peakMessages: number
  readonly peakMessagesAtMs: number | null
  readonly peakPeople: number
  readonly peakPeopleAtMs: number | null
}

const storedOf = (broadcast: OracleBroadcast): StoredBroadcast => {
  const { messages, peakMessages, peakPeople, peakViewers, scored, scoreMicro, viewerSamples, viewerSum } = broadcast
  return {
    stream: broadcast.stream,
    startedAtMs: broadcast.startedAtMs,
    endedAtMs: broadcast.endedAtMs,
    messages,
    scored,
    avgSentiment: messages === 0 ? null : scoreMicro / (messages * 1_000_000),
    avgViewers: viewerSamples === 0 ? null : viewerSum / viewerSamples,
    peakViewers: peakViewers?.value ?? null,
    peakViewersAtMs: peakViewers?.atMs ?? null,
    peakMessages: peakMessages?.value ?? 0,
    peakMessagesAtMs: peakMessages?.atMs ?? null,
    peakPeople: peakPeople?.value ?? 0,
    peakPeopleAtMs: peakPeople?.atMs ?? null
  }
}

/** The broadcast that a row left behind. */
export interface Left {
  readonly stream: string
  /** Number of the rows under one size and slide of windows: each begins without broadcast. */
  readonly stretch: number
  readonly broadcast: OracleBroadcast | undefined
  /** Whether the numbers of the row, or later ones of its stream, must be in table `baselines`. */
  readonly isDue: boolean
}

const keyOf = ({ startedAtMs, stream }: { readonly stream: string; readonly startedAtMs: number }): string =>
  JSON.stringify([stream, startedAtMs])

/** Objects with the same fields in the same order are equal, if so are their texts. */
const columnsOf = ({
  avgSentiment,
  avgViewers,
  endedAtMs,
  messages,
  peakMessages,
  peakMessagesAtMs,
  peakPeople,
  peakPeopleAtMs,
  peakViewers,
  peakViewersAtMs,
  scored
}: StoredBroadcast): string =>
  JSON.stringify({
    endedAtMs,
    messages,
    scored,
    avgSentiment,
    avgViewers,
    peakViewers,
    peakViewersAtMs,
    peakMessages,
    peakMessagesAtMs,
    peakPeople,
    peakPeopleAtMs
  })

/**
 * Errors in a task's rows of table `broadcasts`. Each must be the state that some slide left. It
 * must be at least as new as the last state that was due: at the stream's slots, or when a slide
 * ended the broadcast. `left`: the states of each stream in the order in which they were written. A
 * change of windows leaves the last stored one.
 */
export const broadcastFindings = (
  left: ReadonlyArray<Left>,
  table: ReadonlyArray<StoredBroadcast>
): ReadonlyArray<string> => {
  const states = new Map<string, Array<string>>()
  const due = new Map<string, number>()
  const latest = new Map<string, string>()
  for (const { broadcast, isDue, stream, stretch } of left) {
    const place = JSON.stringify([stream, stretch])
    const key = broadcast === undefined ? undefined : keyOf(broadcast)
    const before = latest.get(place)
    if (before !== undefined && before !== key) due.set(before, (states.get(before)?.length ?? 0) - 1)
    if (broadcast === undefined || key === undefined) {
      latest.delete(place)
      continue
    }
    latest.set(place, key)
    const ofKey = states.get(key) ?? []
    states.set(key, ofKey)
    const columns = columnsOf(storedOf(broadcast))
    if (ofKey.at(-1) !== columns) ofKey.push(columns)
    if (isDue || ofKey.length === 1) due.set(key, ofKey.length - 1)
  }
  const rows = new Map(table.map((row) => [keyOf(row), row]))
  const missing = [...states.keys()].filter((key) => !rows.has(key)).map((key) => `broadcast ${key}: missing`)
  const wrong = [...rows].flatMap(([key, row]) => {
    const ofKey = states.get(key)
    if (ofKey === undefined) return [`broadcast ${key}: not expected`]
    const actual = columnsOf(row)
    const at = ofKey.lastIndexOf(actual)
    if (at < 0) return [`broadcast ${key}: ${actual} was left by no slide; the last one left ${ofKey.at(-1)}`]
    return at < (due.get(key) ?? 0) ? [`broadcast ${key}: ${actual} is older than ${ofKey[due.get(key) ?? 0]}`] : []
  })
  return [...missing, ...wrong]
}
