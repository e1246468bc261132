import { assert, describe, it } from "@effect/vitest"
import { Detection, type Detected, unstoredMs } from "../../src/anomaly/Detection.ts"
import type { BaselineRow } from "../../src/domain/Baseline.ts"
import { BEFORE_ALL } from "../../src/domain/EventTime.ts"
import { JOIN_MS, type Moment, momentsReachMs } from "../../src/domain/Moment.ts"
import {
  changed,
  NO_SENSITIVITY,
  overridesOf,
  SENSITIVE_TYPES,
  type Sensitivity,
  type SensitivityApplied,
  type SensitivityChange,
  stepsOf,
  thresholdsOf
} from "../../src/domain/Sensitivity.ts"
import { slideOf, slideSums, type StreamSlide } from "../../src/domain/Slide.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { randomSlides, reaction, slide, SLIDE_MS, START_MS, summary, usual, WINDOW } from "./Slides.ts"

const STANDARD = 3
const DETECTION = { threshold: STANDARD }
const STREAMS = ["a", "b", "c", null] as const

const randomChange = (draws: Draws, version: number): SensitivityChange => ({
  version,
  stream: STREAMS[draws.below(STREAMS.length)] ?? null,
  type: draws.chance(0.4) ? null : (SENSITIVE_TYPES[draws.below(SENSITIVE_TYPES.length)] ?? null),
  threshold: draws.chance(0.25) ? null : 0.5 + 8 * draws.unit()
})

const keyOf = ({ openedAs, stream, timestampMs }: Moment): string => `${stream} ${timestampMs} ${openedAs}`

describe("the sensitivity", () => {
  it("takes the most specific override that is in force", () => {
    const draws = new Draws(hash(1))
    for (let round = 0; round < 300; round++) {
      const changes = Array.from({ length: draws.below(20) }, (_, index) => randomChange(draws, index + 1))
      const sensitivity = changed(changed(NO_SENSITIVITY, changes.slice(0, 7)), changes.slice(7))
      assert.strictEqual(sensitivity.version, changes.length)
      const inForce = (stream: string | null, type: string | null): number | null =>
        changes.findLast((each) => each.stream === stream && each.type === type)?.threshold ?? null
      for (const stream of ["a", "b", "c", "other"]) {
        const thresholds = thresholdsOf(sensitivity, STANDARD, stream)
        for (const type of SENSITIVE_TYPES) {
          const expected = [inForce(stream, type), inForce(stream, null), inForce(null, type), inForce(null, null)]
          assert.strictEqual(thresholds[type], expected.find((each) => each !== null) ?? STANDARD)
        }
      }
      const keys = new Set(changes.map(({ stream, type }) => JSON.stringify([stream, type])))
      const all = [...keys].flatMap((key) => {
        const [stream, type] = JSON.parse(key)
        const threshold = inForce(stream, type)
        return threshold === null ? [] : [{ stream, type, threshold }]
      })
      assert.sameDeepMembers([...overridesOf(sensitivity)], all)
    }
  })

  it("changes no version that another task still uses", () => {
    const before = changed(NO_SENSITIVITY, [{ version: 1, stream: "a", type: "raid", threshold: 2 }])
    changed(before, [{ version: 2, stream: "a", type: "raid", threshold: null }])
    assert.deepStrictEqual(overridesOf(before), [{ stream: "a", type: "raid", threshold: 2 }])
    assert.deepStrictEqual(overridesOf(NO_SENSITIVITY), [])
  })
})

/** Judges slides under overrides that are in force from the start. */
const momentsUnder = (
  slides: ReadonlyArray<StreamSlide>,
  overrides: ReadonlyArray<Omit<SensitivityChange, "version">>
): ReadonlyArray<Moment> => {
  const detection = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
  detection.adopt(
    changed(
      NO_SENSITIVITY,
      overrides.map((each, index) => ({ ...each, version: index + 1 }))
    )
  )
  const table = new Map<string, Moment>()
  for (const each of slides)
    for (const moment of detection.step([summary(each)], each.endMs).moments) table.set(keyOf(moment), moment)
  return [...table.values()]
}

const typesUnder = (...parameters: Parameters<typeof momentsUnder>) =>
  momentsUnder(...parameters).map(({ openedAs, type }) => (openedAs === type ? type : `${openedAs} to ${type}`))

const shout = (from: number, viewers?: number) => [
  slide(from, reaction(60, 30), viewers),
  slide(from + 1, reaction(60, 30))
]
const ofStream = (type: SensitivityChange["type"], threshold: number) => ({ stream: "stream", type, threshold })

/** The anomalies under a threshold of the chat. */
const flagged = (slides: ReadonlyArray<StreamSlide>, threshold: number) => {
  const detection = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
  detection.adopt(changed(NO_SENSITIVITY, [{ version: 1, ...ofStream("chat_spike", threshold) }]))
  return slides.flatMap((each) => detection.step([summary(each)], each.endMs).rows).filter((row) => row.isAnomaly)
}

const version = (number: number): Sensitivity =>
  changed(NO_SENSITIVITY, [{ version: number, stream: "b", type: null, threshold: 900 }])

describe("a threshold", () => {
  // The shout has a score of 4.9, the viewers one of 5.6.
  const raid = [...usual(0, 66), ...shout(66, 2500), ...usual(68, 90, 2500)]
  const spike = [...usual(0, 66), ...shout(66), ...usual(68, 90)]
  const surge = [...usual(0, 66), slide(66, reaction(10, 2), 2500), ...usual(67, 90, 2500)]

  it("applies to its stream and its type alone", () => {
    assert.deepStrictEqual(typesUnder(spike, []), ["chat_spike"])
    assert.deepStrictEqual(typesUnder(spike, [ofStream("chat_spike", 900)]), [])
    assert.deepStrictEqual(typesUnder(spike, [ofStream(null, 900)]), [])
    assert.deepStrictEqual(typesUnder(spike, [ofStream(null, 900), ofStream("chat_spike", 1)]), ["chat_spike"])
    assert.deepStrictEqual(typesUnder(spike, [{ stream: "other", type: null, threshold: 900 }]), ["chat_spike"])
    assert.deepStrictEqual(typesUnder(spike, [{ stream: null, type: null, threshold: 900 }]), [])
    for (const type of ["raid", "viewer_surge", "chat_drop", "viewer_drop", "sentiment_shift"] as const)
      assert.deepStrictEqual(typesUnder(spike, [ofStream(type, 900)]), ["chat_spike"])
  })

  it("for raids decides about chat and viewers together", () => {
    assert.deepStrictEqual(typesUnder(raid, []), ["raid"])
    // Neither is enough alone.
    const alone = [ofStream("chat_spike", 900), ofStream("viewer_surge", 900)]
    assert.deepStrictEqual(typesUnder(raid, alone), ["raid"])
    assert.deepStrictEqual(typesUnder(surge, alone), [])
    // Without raids the chat is a moment without viewers. They are one once they cannot join it.
    const [spiked, surged, ...others] = momentsUnder(raid, [ofStream("raid", 900)])
    assert.deepStrictEqual([spiked?.type, surged?.type, others.length], ["chat_spike", "viewer_surge", 0])
    assert.isAbove((surged?.timestampMs ?? 0) - (spiked?.endedAtMs ?? 0), JOIN_MS - SLIDE_MS)
    assert.deepStrictEqual(typesUnder(raid, [ofStream("raid", 900), ofStream("chat_spike", 900)]), ["viewer_surge"])
  })

  it("for raids decides about the part that joins", () => {
    const later = [...usual(0, 66), slide(66, reaction(10, 2), 2500), ...shout(67), ...usual(69, 90, 2500)]
    assert.deepStrictEqual(typesUnder(later, []), ["viewer_surge to raid"])
    assert.deepStrictEqual(typesUnder(later, [ofStream("chat_spike", 900)]), ["viewer_surge to raid"])
    assert.deepStrictEqual(typesUnder(later, [ofStream("raid", 900)]), ["viewer_surge"])
    const viewersLater = [...usual(0, 71), slide(71, reaction(60, 30)), slide(72, reaction(60, 30), 2500)]
    assert.deepStrictEqual(typesUnder(viewersLater, []), ["chat_spike to raid"])
    assert.deepStrictEqual(typesUnder(viewersLater, [ofStream("viewer_surge", 900)]), ["chat_spike to raid"])
    assert.deepStrictEqual(typesUnder(viewersLater, [ofStream("raid", 900)]), ["chat_spike"])
  })

  it("makes rows anomalies by the one of the chat", () => {
    assert.isAbove(flagged(spike, 2).length, 0)
    assert.strictEqual(flagged(spike, 900).length, 0)
  })

  it("applies to windows that end after those that were judged, in part or as a whole", () => {
    const detection = new Detection(WINDOW, DETECTION, START_MS, [])
    assert.deepStrictEqual<unknown>(detection.adopt(version(1)), { version: 1, fromEndMs: START_MS })
    assert.isUndefined(detection.adopt(version(1)))
    // The window's other rows come with the next step.
    const [a, b, c] = ["a", "b", "c"].map((stream) => summary(slide(1, reaction(3, 0), undefined, stream)))
    assert.isDefined(a)
    if (a === undefined || b === undefined || c === undefined) return
    detection.step([a], START_MS)
    assert.deepStrictEqual<unknown>(detection.adopt(version(2)), { version: 2, fromEndMs: START_MS + SLIDE_MS })
    detection.step([b, c], START_MS + 5 * SLIDE_MS)
    assert.isUndefined(detection.adopt(version(1)))
    assert.deepStrictEqual<unknown>(detection.adopt(version(5)), { version: 5, fromEndMs: START_MS + 5 * SLIDE_MS })
    // A restart that finds later versions applies no newer one before them.
    const again = new Detection(WINDOW, DETECTION, START_MS, [])
    again.restoreSensitivity(
      stepsOf([{ version: 2, stream: "b", type: null, threshold: 1 }], [{ version: 2, fromEndMs: a.endMs }], START_MS),
      START_MS
    )
    assert.deepStrictEqual<unknown>(again.adopt(version(3)), { version: 3, fromEndMs: a.endMs })
    // A version that took an override back needs no change from the tables, and is not new either.
    const changes: ReadonlyArray<SensitivityChange> = [
      { version: 1, stream: "b", type: null, threshold: 1 },
      { version: 2, stream: "b", type: null, threshold: null }
    ]
    const taken = new Detection(WINDOW, DETECTION, START_MS, [])
    taken.restoreSensitivity(stepsOf(changes, [{ version: 2, fromEndMs: BEFORE_ALL }], START_MS), START_MS)
    taken.step([a], START_MS)
    assert.isUndefined(taken.adopt(changed(NO_SENSITIVITY, changes)))
    // Nothing ends after the end of the log.
    again.step([], Number.POSITIVE_INFINITY)
    assert.isUndefined(again.adopt(version(4)))
  })
})

const copy = <A>(value: A): A => JSON.parse(JSON.stringify(value))

/** The tables of a run, from which it can be restored and replayed. */
class Tables {
  readonly moments = new Map<string, Moment>()
  readonly baselines = new Map<string, BaselineRow>()
  readonly slides: Array<StreamSlide> = []
  readonly changes: Array<SensitivityChange> = []
  readonly applied: Array<SensitivityApplied> = []
  newest: Sensitivity = NO_SENSITIVITY

  change(draws: Draws): void {
    this.changes.push(randomChange(draws, this.changes.length + 1))
    this.newest = changed(this.newest, this.changes.slice(-1))
  }

  restored(watermarkMs: number): Detection {
    const since = watermarkMs - unstoredMs(WINDOW)
    const moments = [...this.moments.values()].filter((each) => each.endedAtMs >= watermarkMs - momentsReachMs(WINDOW))
    const detection = new Detection(WINDOW, DETECTION, watermarkMs, copy(moments))
    const reachedMs = this.slides.at(-1)?.endMs ?? watermarkMs
    detection.restoreSensitivity(stepsOf(this.changes, this.applied, since), reachedMs)
    detection.restore(copy([...this.baselines.values()]))
    const unstored = this.slides.filter(({ endMs }) => endMs >= since)
    detection.remember(unstored.map((each) => slideOf(each.stream, each.endMs, copy(slideSums(each)))))
    return detection
  }

  write({ baselines, moments, rows }: Detected): void {
    for (const moment of moments) this.moments.set(keyOf(moment), moment)
    for (const baseline of baselines) this.baselines.set(baseline.stream, baseline)
    this.slides.push(...rows)
  }
}

describe("changes of the sensitivity while a task runs", () => {
  it("give what they gave, after each restart and in a replay over the tables", { timeout: 60_000 }, () => {
    let differ = 0
    for (let seed = 0; seed < 40; seed++) {
      const slides = randomSlides(seed)
      const draws = new Draws(hash(seed, 2))
      const whole = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
      const tables = new Tables()
      let detection = tables.restored(Number.NEGATIVE_INFINITY)
      const all: Array<Detected> = []
      for (const [index, each] of slides.entries()) {
        const isLast = slides[index + 1]?.endMs !== each.endMs
        const watermarkMs = isLast ? each.endMs : each.endMs - SLIDE_MS
        if (draws.chance(0.05)) tables.change(draws)
        if (draws.chance(0.1)) {
          const applied = detection.adopt(tables.newest)
          assert.deepStrictEqual(applied, whole.adopt(tables.newest))
          if (applied !== undefined) tables.applied.push(applied)
        }
        const judged = detection.step([summary(each)], watermarkMs)
        assert.deepStrictEqual(judged, whole.step([summary(each)], watermarkMs), `seed ${seed}, slide ${index}`)
        tables.write(judged)
        all.push(judged)
        if (draws.chance(0.1)) detection = tables.restored(watermarkMs)
      }
      const replayed = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
      replayed.restoreSensitivity(stepsOf(tables.changes, tables.applied, Number.NEGATIVE_INFINITY), 0)
      const unchanged = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
      for (const [index, each] of slides.entries()) {
        const { moments, rows } = replayed.step([summary(each)], each.endMs)
        assert.deepStrictEqual(rows, all[index]?.rows)
        assert.deepStrictEqual(moments, all[index]?.moments)
        if (unchanged.step([summary(each)], each.endMs).moments.length !== moments.length) differ++
      }
    }
    assert.isAbove(differ, 100)
  })
})
