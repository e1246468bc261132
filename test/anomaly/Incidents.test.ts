import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Incidents } from "../../src/anomaly/Incidents.ts"
import { type Incident, IncidentMetadata } from "../../src/domain/Incident.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { reaction, slide, SLIDE_MS, START_MS, usual, WINDOW } from "./Slides.ts"

const THRESHOLD = 3
const NOTHING = { baselines: [], incidents: [] }

/** A fall can begin where a rise does. */
const keyOf = ({ metadata, stream, timestampMs }: Incident): string =>
  `${stream} ${timestampMs} ${metadata.parts.silence !== undefined} ${metadata.parts.loss !== undefined}`

/** As tables hold them: the last of each key. */
type Table = Map<string, Incident>

const write = (table: Table, incidents: ReadonlyArray<Incident>): void => {
  for (const incident of incidents) table.set(keyOf(incident), incident)
}

const incidentsOf = (slides: ReadonlyArray<StreamSlide>): ReadonlyArray<Incident> => {
  const detection = new Incidents(WINDOW, THRESHOLD, NOTHING)
  const table: Table = new Map()
  for (const each of slides) write(table, detection.step(each).incidents)
  return [...table.values()]
}

const shout = (from: number, to: number, people = 60): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(people, Math.floor(people / 2))))

/** A big chat: sixty people in each span. */
const busy = (from: number, to: number): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(58 + ((index * 7) % 5), 6)))

const at = (incident: Incident | undefined): number => ((incident?.timestampMs ?? Number.NaN) - START_MS) / SLIDE_MS

describe("incidents", () => {
  it("open where many people react, with the sentence that says so", () => {
    const [incident, ...others] = incidentsOf([...usual(0, 60), ...shout(60, 62), ...usual(62, 90)])
    assert.deepStrictEqual(others, [])
    assert.strictEqual(incident?.type, "chat_spike")
    assert.strictEqual(at(incident), 59)
    assert.strictEqual(
      incident?.description,
      "72 messages in 20 seconds, 5.5 times the usual 13, from 60 people; half of them said KEKW."
    )
    Schema.decodeUnknownSync(IncidentMetadata)(JSON.parse(JSON.stringify(incident?.metadata)))
  })

  it("do not open in usual chat, nor while a stream is new", () => {
    assert.deepStrictEqual(incidentsOf(usual(0, 600)), [])
    assert.deepStrictEqual(incidentsOf([...usual(0, 10), ...shout(10, 12), ...usual(12, 14)]), [])
  })

  it("do not open for few people, however loud", () => {
    const spam = slide(60, reaction(13, 4, { messages: 120, repeated: { messages: 100, people: 4, text: "buy" } }))
    assert.deepStrictEqual(incidentsOf([...usual(0, 60), spam, ...usual(61, 70)]), [])
    const quiet = Array.from({ length: 60 }, (_, number) => slide(number, reaction(number % 2, 0)))
    assert.deepStrictEqual(incidentsOf([...quiet, slide(60, reaction(4, 4))]), [])
  })

  it("find a second burst four minutes after the first", () => {
    const found = incidentsOf([...usual(0, 60), ...shout(60, 62), ...usual(62, 84), ...shout(84, 86), ...usual(86, 90)])
    assert.deepStrictEqual(found.map(at), [59, 83])
  })

  it("are held back by a recent one unless they are stronger", () => {
    const weak = [...usual(0, 60), ...shout(60, 62, 60), ...usual(62, 66), ...shout(66, 67, 32), ...usual(67, 70)]
    assert.deepStrictEqual(incidentsOf(weak).map(at), [59])
    const alone = [...usual(0, 66), ...shout(66, 67, 32), ...usual(67, 70)]
    assert.deepStrictEqual(incidentsOf(alone).map(at), [65])
    const stronger = [...usual(0, 60), ...shout(60, 62, 34), ...usual(62, 66), ...shout(66, 67, 80), ...usual(67, 70)]
    assert.deepStrictEqual(incidentsOf(stronger).map(at), [59, 65])
  })

  it("are one where viewers and chatters arrive together, and a raid", () => {
    const arrival = [...shout(60, 64), slide(64, reaction(50, 20), 2500), slide(65, reaction(40, 10))]
    const after = usual(66, 120, 2400)
    const found = incidentsOf([...usual(0, 60), ...arrival, ...after])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["raid"]
    )
    assert.match(found[0]?.description ?? "", /^Viewers went from 1000 to 2500\. /)
    assert.hasAllKeys(found[0]?.metadata.parts ?? {}, ["chat", "viewers"])
  })

  it("take a part in that alone would not pass what holds back", () => {
    const late = [...usual(62, 66), slide(66, reaction(12, 4), 1500)]
    const found = incidentsOf([...usual(0, 60), ...shout(60, 62, 300), ...late, ...usual(67, 100, 1500)])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["raid"]
    )
  })

  it("are no falls at the end of a stream, nor in a decline", () => {
    const decline = Array.from({ length: 60 }, (_, index) => {
      const left = 1 - index / 60
      return slide(
        120 + index,
        reaction(Math.round(10 * left), 0),
        index % 6 === 0 ? Math.round(1000 * left) : undefined
      )
    })
    const silence = Array.from({ length: 6 }, (_, index) => slide(180 + index, reaction(0, 0)))
    assert.deepStrictEqual(incidentsOf([...usual(0, 120), ...decline, ...silence]), [])
    assert.deepStrictEqual(
      incidentsOf([...usual(0, 120), ...silence.map((each, index) => slide(120 + index, each.reaction))]),
      []
    )
  })

  it("report a silence once the chat is back", () => {
    const silence = Array.from({ length: 12 }, (_, index) => slide(60 + index, reaction(1, 0)))
    const found = incidentsOf([...busy(0, 60), ...silence, ...busy(72, 80)])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["chat_drop"]
    )
    assert.strictEqual(
      found[0]?.description,
      "The chat fell silent for 2 minutes, where 60 people write in 20 seconds."
    )
  })

  it("report a loss of viewers once it has lasted and the chat goes on", () => {
    const found = incidentsOf([...usual(0, 120), ...usual(120, 180, 500)])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["viewer_drop"]
    )
    assert.strictEqual(found[0]?.description, "Viewers fell from 1000 to 500, and the stream goes on.")
  })

  it("know a stream from its last broadcast", () => {
    const nextDay = 8640
    const tomorrow = (slides: ReadonlyArray<StreamSlide>): ReadonlyArray<StreamSlide> =>
      slides.map((each) => ({ ...each, endMs: (each.endMs + nextDay * SLIDE_MS) as StreamSlide["endMs"] }))
    // Seven slides after its start a new stream is not known yet, one that came back is.
    const early = [...usual(0, 7), ...shout(7, 9), ...usual(9, 12)]
    assert.deepStrictEqual(incidentsOf(early), [])
    assert.deepStrictEqual(incidentsOf([...usual(0, 60), ...tomorrow(early)]).map(at), [nextDay + 6])
  })
})

/** Random chat of several streams with bursts, pauses, viewers and moods. */
const randomSlides = (seed: number): ReadonlyArray<StreamSlide> => {
  const draws = new Draws(hash(seed))
  const slides: Array<StreamSlide> = []
  for (let number = 0; number < 160; number++) {
    for (const stream of ["a", "b", "c"]) {
      if (draws.chance(0.03)) continue
      const isBurst = draws.chance(0.04)
      const people = isBurst ? draws.between(20, 80) : draws.below(12)
      const texts = draws.between(4, 10)
      const mood = { moodTexts: texts, moodMicro: texts * (number % 70 > 55 ? -900_000 : 700_000) }
      const viewers = draws.chance(0.2) ? (draws.chance(0.1) ? 2000 : 800) + draws.below(50) : undefined
      // Now and then a stream is gone for an hour.
      const hour = stream === "c" && number > 80 ? 360 : 0
      slides.push(slide(number + hour, reaction(people, draws.below(people + 1), mood), viewers, stream))
    }
  }
  return slides.toSorted((a, b) => a.endMs - b.endMs)
}

describe("restored incidents", () => {
  it("are those of the uninterrupted run, wherever it is cut", { timeout: 60_000 }, () => {
    const parts = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const slides = randomSlides(seed)
      const whole = new Incidents(WINDOW, THRESHOLD, NOTHING)
      const expected = slides.map((each) => whole.step(each))
      const draws = new Draws(hash(seed, 1))
      const table: Table = new Map()
      let detection = new Incidents(WINDOW, THRESHOLD, NOTHING)
      for (const [index, each] of slides.entries()) {
        if (draws.chance(0.1)) {
          const baselines = ["a", "b", "c"].map((stream) => detection.baselines.row(stream))
          detection = new Incidents(
            WINDOW,
            THRESHOLD,
            JSON.parse(JSON.stringify({ baselines, incidents: [...table.values()] }))
          )
        }
        const judged = detection.step(each)
        assert.deepStrictEqual(judged, expected[index], `seed ${seed}, slide ${index}`)
        write(table, judged.incidents)
        for (const { metadata } of judged.incidents) for (const part of Object.keys(metadata.parts)) parts.add(part)
      }
    }
    assert.includeMembers([...parts], ["chat", "viewers", "mood", "loss"])
  })

  it("do not depend on when the past is forgotten", { timeout: 60_000 }, () => {
    for (let seed = 0; seed < 30; seed++) {
      const slides = randomSlides(seed)
      const keeps = new Incidents(WINDOW, THRESHOLD, NOTHING)
      const forgets = new Incidents(WINDOW, THRESHOLD, NOTHING)
      for (const each of slides) {
        forgets.forgetBefore(each.endMs)
        assert.deepStrictEqual(forgets.step(each), keeps.step(each))
      }
    }
  })
})
