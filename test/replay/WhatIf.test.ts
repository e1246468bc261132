import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Detection } from "../../src/anomaly/Detection.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import { type SensitivityApplied, type SensitivityChange, stepsOf } from "../../src/domain/Sensitivity.ts"
import { slideOf, slideSums, type StreamSlide } from "../../src/domain/Slide.ts"
import { difference, type Judged, type Question, whatIf } from "../../src/replay/WhatIf.ts"
import { linesOf } from "../../src/replay/WhatIfReport.ts"
import { Past } from "../../src/sink/Past.ts"
import { randomSlides, SLIDE_MS, START_MS, summary, WINDOW } from "../anomaly/Slides.ts"
import { checkpointOf } from "../contract/ResultStoreContract.ts"

const DETECTION = { threshold: 3 }
const at = (slides: number): EventTimeMs => EventTimeMs(START_MS + slides * SLIDE_MS)
const FROM_MS = at(60)

/** A task that judged these slides, with changes that it applied. */
interface Recorded {
  readonly slides: ReadonlyArray<StreamSlide>
  readonly changes: ReadonlyArray<SensitivityChange>
  readonly applied: ReadonlyArray<SensitivityApplied>
}

const play = ({ applied, changes, slides }: Recorded): ReadonlyArray<Moment> => {
  const detection = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
  detection.restoreSensitivity(stepsOf(changes, applied, Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY)
  const table = new Map<string, Moment>()
  for (const each of slides) {
    for (const moment of detection.step([summary(each)], each.endMs).moments)
      table.set(JSON.stringify([moment.stream, moment.timestampMs, moment.openedAs]), moment)
  }
  return [...table.values()]
}

const pastOf = (recorded: Recorded) =>
  Past.of({
    checkpoints: Effect.succeed([
      checkpointOf({ window: WINDOW, watermarkMs: recorded.slides.at(-1)?.endMs ?? at(0) })
    ]),
    slides: (_, fromMs, take) =>
      Effect.sync(() => {
        const stored = recorded.slides.filter(({ endMs }) => endMs >= fromMs)
        take(stored.map((each) => slideOf(each.stream, each.endMs, slideSums(each))))
      }),
    steps: (_, sinceMs) => Effect.succeed(stepsOf(recorded.changes, recorded.applied, sinceMs)),
    moments: (_, sinceMs) => Effect.sync(() => play(recorded).filter(({ endedAtMs }) => endedAtMs >= sinceMs))
  })

const answerOf = (recorded: Recorded, more: Partial<Question>) =>
  Effect.runSync(
    whatIf(
      { fromMs: FROM_MS, toMs: Number.POSITIVE_INFINITY, stream: null, type: null, threshold: 3, ...more },
      DETECTION
    ).pipe(Effect.provideService(Past, pastOf(recorded)))
  )

/** Types that depend on texts are left out: slides keep none. */
const judged = (moments: ReadonlyArray<Moment>) =>
  moments
    .filter(({ timestampMs }) => timestampMs >= FROM_MS)
    .map(({ endedAtMs, intensity, stream, timestampMs }) => ({ stream, timestampMs, endedAtMs, intensity }))

const sorted = <A extends { readonly timestampMs: number; readonly stream: string }>(all: ReadonlyArray<A>) =>
  all.toSorted((a, b) => a.timestampMs - b.timestampMs || (a.stream < b.stream ? -1 : 1))

describe("what if", () => {
  it("nothing changes: every moment is unchanged and explained", () => {
    for (let seed = 0; seed < 10; seed++) {
      const slides = randomSlides(seed)
      const answer = answerOf({ slides, changes: [], applied: [] }, {})
      assert.deepInclude(answer, { gained: [], lost: [], changed: [], unexplained: 0, tasks: 1 })
      assert.strictEqual(
        answer.unchanged,
        play({ slides, changes: [], applied: [] }).filter(({ timestampMs }) => timestampMs >= FROM_MS).length
      )
    }
  })

  it("gives what a task gives that applied the change, over changes that were made", () => {
    let differences = 0
    for (let seed = 0; seed < 20; seed++) {
      const slides = randomSlides(seed)
      const changes: ReadonlyArray<SensitivityChange> = [
        { version: 1, stream: "a", type: null, threshold: 6 },
        { version: 2, stream: null, type: "viewer_surge", threshold: 2 },
        { version: 3, stream: null, type: null, threshold: 5 }
      ]
      const applied = [
        { version: 2, fromEndMs: at(30) },
        { version: 3, fromEndMs: at(90) }
      ]
      const recorded = { slides, changes, applied }
      const hypothesis: SensitivityChange = { version: 3, stream: null, type: null, threshold: 1.5 }
      const answer = answerOf(recorded, hypothesis)
      assert.strictEqual(answer.unexplained, 0)
      // The tables of a task that applied it instead of the third version.
      const other = {
        slides,
        changes: [...changes.slice(0, 2), hypothesis],
        applied: [
          { version: 2, fromEndMs: at(30) },
          { version: 3, fromEndMs: FROM_MS }
        ]
      }
      const [before, after] = [judged(play(recorded)), judged(play(other))]
      assert.strictEqual(answer.lost.length + answer.changed.length + answer.unchanged, before.length)
      assert.strictEqual(answer.gained.length + answer.changed.length + answer.unchanged, after.length)
      const isNew = (moment: (typeof after)[number]) =>
        !before.some((each) => JSON.stringify(each) === JSON.stringify(moment))
      const reported = [...answer.gained, ...answer.changed.map((pair) => pair.after)].map(
        ({ endedAtMs, intensity, stream, timestampMs }) => ({ stream, timestampMs, endedAtMs, intensity })
      )
      for (const moment of sorted(after.filter(isNew))) assert.deepInclude(reported, moment)
      differences += reported.length
    }
    assert.isAbove(differences, 50)
  })

  it("an override were taken back: the next less specific one applies", () => {
    const slides = randomSlides(3)
    const changes: ReadonlyArray<SensitivityChange> = [{ version: 1, stream: "a", type: null, threshold: 900 }]
    const applied = [{ version: 1, fromEndMs: at(-1) }]
    const answer = answerOf({ slides, changes, applied }, { stream: "a", threshold: null })
    assert.deepInclude(answer, { lost: [], changed: [], unexplained: 0 })
    assert.isAbove(answer.gained.length, 0)
    assert.isTrue(answer.gained.every(({ stream }) => stream === "a"))
  })

  it("pairs moments that moved, and reports the others", () => {
    const moment = (slides: number, more: Partial<Judged> = {}): Judged => ({
      stream: "a",
      timestampMs: at(slides),
      endedAtMs: at(slides + 2),
      openedAs: "chat_spike",
      type: "chat_spike",
      intensity: 4,
      ...more
    })
    const found = difference(
      [moment(0), moment(10), moment(20), moment(30)],
      [moment(0), moment(11), moment(20, { type: "raid" }), moment(40), moment(30, { stream: "b" })]
    )
    assert.strictEqual(found.unchanged, 1)
    assert.deepStrictEqual(found.lost, [moment(30)])
    assert.sameDeepMembers([...found.gained], [moment(40), moment(30, { stream: "b" })])
    assert.sameDeepMembers(
      [...found.changed],
      [
        { before: moment(10), after: moment(11) },
        { before: moment(20), after: moment(20, { type: "raid" }) }
      ]
    )
    const lines = linesOf(
      { fromMs: at(0), toMs: at(60), stream: null, type: "raid", threshold: 5 },
      { ...found, tasks: 1, slides: 60, unexplained: 0 }
    )
    assert.strictEqual(
      lines.at(-1),
      "With threshold 5 for raid, all streams: 5 moments instead of 4 (2 gained, 1 lost, 2 changed). Nothing was written"
    )
    assert.isTrue(lines.some((line) => line.startsWith("changed") && line.includes("chat_spike -> raid")))
  })
})
