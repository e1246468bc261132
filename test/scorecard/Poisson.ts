/** Chat in which nothing happens: messages at random times from random people of random words. */
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { NEUTRAL, TAILS } from "../../src/source/simulator/Vocabulary.ts"
import { chat, type Scene } from "./Scene.ts"

const START_MS = Date.UTC(2026, 0, 5)
const PEOPLE = 300

export const poissonChat = (perMinute: number, hours: number, seed: number): Scene => {
  const draws = new Draws(hash(seed, perMinute))
  const word = (list: ReadonlyArray<string>): string => list[draws.below(list.length)] ?? ""
  const events = []
  let at = START_MS
  for (;;) {
    at += (-Math.log(1 - draws.unit()) * 60_000) / perMinute
    if (at >= START_MS + hours * 3_600_000) break
    const user = `someone${Math.floor(PEOPLE * draws.unit() ** 2)}`
    events.push(chat("random", Math.floor(at), user, word(NEUTRAL) + word(TAILS)))
  }
  return { name: `random ${perMinute}/min`, events, truths: [] }
}
