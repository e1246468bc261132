/** Streams of a made-up platform with real chat's noise: its rate wanders and clusters, so that the variance of a minute's count is many times its mean. */
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { NEGATIVE, NEUTRAL, OPENERS, POSITIVE, TAILS } from "../../src/source/simulator/Vocabulary.ts"
import type { Event } from "../../src/domain/Event.ts"
import { chat, inOrder, sample, type Scene, type Truth } from "./Scene.ts"

const START_MS = Date.UTC(2026, 0, 5)
const SECOND_MS = 1000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

export interface Course {
  readonly name: string
  readonly lengthMs: number
  /** Usual messages per minute and usual viewers at a time since the start. */
  readonly pace: (atMs: number) => number
  readonly viewers: (atMs: number) => number
  /** 0 = random chat; 1 = the variance of a minute's count is ten times its mean or more. */
  readonly wander: number
  readonly people: number
  readonly truths: ReadonlyArray<Truth>
}

const normal = (draws: Draws): number =>
  Math.sqrt(-2 * Math.log(1 - draws.unit())) * Math.cos(2 * Math.PI * draws.unit())

const poisson = (mean: number, draws: Draws): number => {
  const limit = Math.exp(-Math.min(mean, 500))
  let count = 0
  for (let product = draws.unit(); product > limit; product *= draws.unit()) count++
  return count
}

const pick = (list: ReadonlyArray<string>, draws: Draws): string => list[draws.below(list.length)] ?? ""

const text = (draws: Draws): string => {
  const tone = draws.unit()
  return (
    pick(OPENERS, draws) + pick(tone < 0.25 ? POSITIVE : tone < 0.35 ? NEGATIVE : NEUTRAL, draws) + pick(TAILS, draws)
  )
}

/** Second by second. The rate's logarithm wanders back to 0 within a minute; now and then a talk of half a minute starts among those who are there. */
export const streamOf = (course: Course, seed: number): Scene => {
  const draws = new Draws(hash(seed, course.lengthMs, course.people))
  const events: Array<Event> = []
  let slow = 0
  let talk = 0
  for (let at = 0; at < course.lengthMs; at += SECOND_MS) {
    slow = 0.98 * slow + 0.12 * course.wander * normal(draws)
    talk = draws.chance(0.004 * course.wander) ? 0.6 + draws.unit() : 0.95 * talk
    const rate = (course.pace(at) / 60) * Math.exp(slow) * (1 + talk)
    for (let count = poisson(rate, draws); count > 0; count--) {
      const user = `someone${Math.floor(course.people * draws.unit() ** 2)}`
      events.push(chat(course.name, START_MS + at + draws.below(SECOND_MS), user, text(draws)))
    }
    const viewers = course.viewers(at)
    if (at % MINUTE_MS === 0 && viewers > 0)
      events.push(sample(course.name, START_MS + at, Math.round(viewers * (1 + 0.02 * normal(draws)))))
  }
  const truths = course.truths.map((truth) => ({
    ...truth,
    fromMs: START_MS + truth.fromMs,
    toMs: START_MS + truth.toMs
  }))
  return { name: course.name, events: inOrder(events), truths }
}

/** Random chat, messages at random times. */
export const randomChat = (hours: number): Course => ({
  name: "random chat",
  lengthMs: hours * HOUR_MS,
  pace: () => 25,
  viewers: () => 0,
  wander: 0,
  people: 300,
  truths: []
})

export const tinyStream = (perMinute: number): Course => ({
  name: "tiny stream",
  lengthMs: 4 * HOUR_MS,
  pace: () => perMinute,
  viewers: () => 4 * perMinute,
  wander: 0.7,
  people: 12 * perMinute,
  truths: []
})

const grown = (at: number): number => Math.min(1, 0.02 + at / (45 * MINUTE_MS))
const left = (at: number): number => Math.min(1, Math.max(0, (60 * MINUTE_MS - at) / (4 * MINUTE_MS)))

/** Chat and viewers grow over three quarters of an hour. */
export const slowStart = (perMinute: number): Course => ({
  name: "slow start",
  lengthMs: HOUR_MS,
  pace: (at) => perMinute * grown(at),
  viewers: (at) => 50 * perMinute * grown(at),
  wander: 0.7,
  people: 15 * perMinute,
  truths: []
})

/** Everybody leaves within four minutes. */
export const endingStream = (perMinute: number): Course => ({
  name: "end of stream",
  lengthMs: HOUR_MS,
  pace: (at) => perMinute * left(at),
  viewers: (at) => 50 * perMinute * left(at),
  wander: 0.7,
  people: 15 * perMinute,
  truths: []
})

const RAID_MS = 40 * MINUTE_MS

/** Another channel's viewers arrive within a minute, greet for half a minute, and half of them stay. */
export const raidedStream = (perMinute: number): Course => ({
  name: "raid",
  lengthMs: HOUR_MS,
  pace: (at) => perMinute * (at < RAID_MS ? 1 : at < RAID_MS + 40_000 ? 8 : 1.5),
  viewers: (at) => 30 * perMinute * (at < RAID_MS ? 1 : Math.max(1.6, 2.4 - (at - RAID_MS) / (10 * MINUTE_MS))),
  wander: 0.7,
  people: 20 * perMinute,
  truths: [{ kind: "raid", fromMs: RAID_MS, toMs: RAID_MS + MINUTE_MS }]
})

/** A stream whose chat wanders as much as any real one. */
export const noisyStream = (perMinute: number): Course => ({
  name: "noisy stream",
  lengthMs: 2 * HOUR_MS,
  pace: () => perMinute,
  viewers: () => 40 * perMinute,
  wander: 1.3,
  people: 20 * perMinute,
  truths: []
})
