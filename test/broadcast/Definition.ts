/** The broadcasts of a stream by their definition, without a fold. */
import type { BroadcastSettings } from "../../src/broadcast/Fold.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"

const sum = (run: ReadonlyArray<StreamSlide>, of: (each: StreamSlide) => number) =>
  run.reduce((total, each) => total + of(each), 0)
const peak = (run: ReadonlyArray<StreamSlide>, slideMs: number, of: (each: StreamSlide) => number | undefined) => {
  const values = run.map(of)
  const most = Math.max(...values.filter((value) => value !== undefined))
  const first = run[values.indexOf(most)]
  return { most, atMs: first === undefined ? null : EventTimeMs(first.endMs - slideMs) }
}

/** The broadcasts of one stream's slides: runs of active slides without a longer pause. */
export const broadcastsOf = (
  slides: ReadonlyArray<StreamSlide>,
  { sessionGapMs, slideMs }: BroadcastSettings
): ReadonlyArray<Broadcast> => {
  const active = slides.filter(({ slideMessages, viewerSamples }) => slideMessages + viewerSamples > 0)
  const runs: Array<Array<StreamSlide>> = []
  for (const [index, each] of active.entries()) {
    const before = active[index - 1]
    if (before === undefined || each.endMs - slideMs - before.endMs > sessionGapMs) runs.push([each])
    else runs.at(-1)?.push(each)
  }
  return runs.map((run): Broadcast => {
    const scored = sum(run, (each) => each.slideScored)
    const samples = sum(run, (each) => each.viewerSamples)
    const viewers = peak(run, slideMs, (each) =>
      each.viewerSamples === 0 ? undefined : each.viewerSum / each.viewerSamples
    )
    const chats = sum(run, (each) => each.slideMessages)
    const messages = peak(run, slideMs, (each) => (each.slideMessages === 0 ? undefined : each.slideMessages))
    const people = peak(run, slideMs, ({ reaction }) => (reaction.people === 0 ? undefined : reaction.people))
    return {
      stream: run[0]?.stream ?? "",
      startedAtMs: EventTimeMs((run[0]?.endMs ?? Number.NaN) - slideMs),
      endedAtMs: EventTimeMs(run.at(-1)?.endMs ?? Number.NaN),
      messages: chats,
      scored,
      avgSentiment: chats === 0 ? null : sum(run, (each) => each.slideScoreMicro) / (chats * 1_000_000),
      avgViewers: samples === 0 ? null : sum(run, (each) => each.viewerSum) / samples,
      peakViewers: samples === 0 ? null : viewers.most,
      peakViewersAtMs: viewers.atMs,
      peakMessages: Math.max(0, messages.most),
      peakMessagesAtMs: messages.atMs,
      peakPeople: Math.max(0, people.most),
      peakPeopleAtMs: people.atMs
    }
  })
}
