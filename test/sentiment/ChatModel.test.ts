import { assert, describe, it } from "@effect/vitest"
import { UNSCORED } from "../../src/domain/Score.ts"
import { ChatModel } from "../../src/sentiment/ChatModel.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { chat, columnsOf, scoreOf } from "../harness/Events.ts"
import { chatScorer } from "../oracle/ChatScore.ts"
import { list, TABLES } from "./Tables.ts"

/** 0 for a message without a score. */
const scoreMicro = (text: string, ...emotes: ReadonlyArray<string>): number => {
  const score = scoreOf(ChatModel, text, emotes)
  return score === UNSCORED ? 0 : score
}

const POSITIVE = [
  "LUL",
  "KEKW KEKW",
  "PogChamp",
  "POGGERS!!",
  "widepeepoHappy",
  "EZ Clap",
  "W",
  "gg wp",
  "that was insane",
  "let's go",
  "Let\u2019s gooooo",
  "looooool",
  "hahahahaha",
  "XD",
  ":)",
  "<3",
  "❤️",
  "nice😂",
  "not bad",
  "спасибо))",
  "ПРИВЕТ)",
  "хахахаха красавчик",
  "merci c'est génial",
  "¡Vamos!",
  "kkkkkkkk",
  "danke, schön",
  "the start was bad, but the end was great",
  "killed it",
  "that's sick",
  "can\u2019t wait",
  "what a save",
  "this is fire",
  "holy",
  "+1",
  "💀",
  "never seen anything better"
]

const NEGATIVE = [
  "L",
  "F",
  "f in chat",
  "???",
  "BibleThump",
  "Sadge",
  "monkaS",
  "ResidentSleeper",
  "NotLikeThis",
  "copium",
  "cringe",
  "so bad",
  "this is not good",
  "don\u2019t like this",
  "NOOOOOO",
  ":(",
  ":((((((",
  "D:",
  "T_T",
  "😡",
  "nice play Kappa",
  "c'est nul",
  "жаль((",
  "qué asco",
  "schade",
  "it was good but now it is terrible",
  "thanks for nothing",
  "it's not going to be that good in full",
  "this is not good at all",
  "stop it",
  "ads again"
]

const NO_MOOD = [
  "",
  " ",
  "hmm",
  "?",
  "what is this ???",
  "Kappa",
  "TriHard",
  "l",
  "w",
  "!uptime",
  " !love",
  "@love @hate",
  "https://example.com/love",
  "Cheer100",
  "PogChamp500",
  "1)",
  "a) b)",
  "the word ok says too little about a long message in which nothing else has any mood at all, as one sees"
]

/** Names that are in no table. */
const FAMILIES: ReadonlyArray<readonly [name: string, sign: number]> = [
  ["forsenLove", 1],
  ["xqcL", 1],
  ["nymnPogChamp", 1],
  ["PogSomething", 1],
  ["summit1gHype", 1],
  ["peepoVibe", 1],
  ["WidePeepoHappy", 1],
  ["wideLUL", 1],
  ["someSad", -1],
  ["monkaAnything", -1],
  ["moonS", -1],
  ["abcRage", -1],
  ["YouTube", 0],
  ["PogSomething1", 0]
]

describe("the chat model", () => {
  it.each(POSITIVE)("%s is positive", (text) => assert.isAbove(scoreMicro(text), 0))
  it.each(NEGATIVE)("%s is negative", (text) => assert.isBelow(scoreMicro(text), 0))
  it.each(NO_MOOD)("%s has no mood", (text) => assert.strictEqual(scoreMicro(text), 0))
  it.each(FAMILIES)("%s has the sign %i", (name, sign) => {
    assert.strictEqual(Math.sign(scoreMicro(name)), sign)
    assert.strictEqual(Math.sign(scoreMicro("", name)), sign)
  })

  it("scores as VADER does: the sum over the root of its square and 15", () => {
    // love 3.2
    assert.strictEqual(scoreMicro("love"), 636_950)
    // Negated: 3.2 x -0.74.
    assert.strictEqual(scoreMicro("never love"), -521_639)
  })

  it("strengthens by boosters, capitals and exclamation marks, and weakens by dampeners", () => {
    const plain = scoreMicro("good")
    for (const text of ["very good", "GOOD", "good!", "good!!"]) assert.isAbove(scoreMicro(text), plain, text)
    assert.isBelow(scoreMicro("kinda good"), plain)
    assert.strictEqual(scoreMicro("good!!!!"), scoreMicro("good!!!!!!!!"))
  })

  it("counts an emote once, in the text and in the list", () => {
    const once = scoreMicro("hi LUL")
    assert.strictEqual(scoreMicro("hi LUL", "LUL", "LUL"), once)
    assert.strictEqual(scoreMicro("hi LUL LUL"), scoreMicro("hi LUL"))
    assert.strictEqual(scoreMicro("hi", "LUL"), once)
    assert.notStrictEqual(scoreMicro("hi LUL", "PogChamp"), once)
  })

  it("keeps nothing of a message for the next", () => {
    const alone = scoreMicro("ok)")
    scoreMicro("(never Kappa ??? !!! but no")
    assert.strictEqual(scoreMicro("ok)"), alone)
  })

  it("tells a message that balances from one in which it knows nothing", () => {
    assert.strictEqual(scoreOf(ChatModel, "LUL trash"), 0)
    for (const text of ["", "!uptime", "!lul LUL", "rafid", "xyz 1", "zup fub", "@what"])
      assert.strictEqual(scoreOf(ChatModel, text), UNSCORED, text)
    assert.notStrictEqual(scoreOf(ChatModel, "rafid", ["LUL"]), UNSCORED)
  })

  it.each(["Kappa", "Keepo", "SMOrc", "?", "??", "fub?", "1", "2-0", "1 1", "yes", "HEY", "bye", "what", "да", "oui"])(
    "knows that %s says nothing about the mood",
    (text) => assert.strictEqual(scoreOf(ChatModel, text), 0)
  )

  it("reads a part of a buffer, whose bounds may be words", () => {
    const events = columnsOf([chat("s", 0, "love", "hate"), chat("love", 0, "u", "")])
    assert.include(new TextDecoder().decode(events.bytes), "lovehatelove")
    assert.strictEqual(ChatModel.scoreMicro(events, 0), scoreMicro("hate"))
  })
})

const NAMES = TABLES.emotes.flatMap(({ exact = "", names }) => list(`${names} ${exact}`))
const WORDS = [
  ...TABLES.words.flatMap((words) => words.flatMap((group) => list(group.words))),
  ...TABLES.phrases.flatMap(({ words }) => list(words).map((pair) => pair.replace("-", " "))),
  ...list(`${TABLES.negations} ${TABLES.boosters} ${TABLES.dampeners} ${TABLES.contrasts} ${TABLES.sarcasm}`)
]
const SYMBOLS = TABLES.emoji.flatMap(({ symbols }) => list(symbols))
const PARTS = [...TABLES.beginnings, ...TABLES.endings].flatMap(({ words }) => list(words))
const NOISE = list(
  "the x 1 12 2-0 +5 1\u007f ab forsen peepo @you !cmd www ßẞ Ё ДА é É hahah kk ww lol ? ?? ( ) )) (( ... - ' \u2019 ¿ « 日本 🧪 \u{e0000} \u007f ;;;;"
)
const MARKS = ["", "", "", "!", "!!", "?", ".", ",", ")", "))", "(", "...", "\u2019", "'", "\u0080", "é", "zzz"]
const BLANKS = [" ", "  ", "\t", "\n", "\u00a0", "\u2003", "\u0001", ""]

const pick = <A>(draws: Draws, from: ReadonlyArray<A>): A => {
  const picked = from[draws.below(from.length)]
  assert.isDefined(picked)
  return picked as A
}

const drawOut = (draws: Draws, word: string): string => {
  const letters = [...word]
  const at = draws.below(letters.length)
  return letters.map((letter, index) => (index === at ? letter.repeat(1 + draws.below(70)) : letter)).join("")
}

const wordOf = (draws: Draws): string => {
  const word = pick(draws, pick(draws, [NAMES, WORDS, WORDS, SYMBOLS, NOISE]))
  switch (draws.below(8)) {
    case 0:
      return word.toUpperCase()
    case 1:
      return word.toLowerCase()
    case 2:
      return drawOut(draws, word)
    case 3:
      return pick(draws, ["abc", "wide", "Pog", "monka", "x9", "A"]) + pick(draws, PARTS)
    case 4:
      return word + pick(draws, SYMBOLS)
    default:
      return word
  }
}

const textOf = (draws: Draws): string => {
  let text = ""
  for (let n = draws.below(9); n > 0; n--)
    text += pick(draws, MARKS.slice(0, 8)) + wordOf(draws) + pick(draws, MARKS) + pick(draws, BLANKS)
  return text
}

describe("the chat model, on texts that are drawn", () => {
  it("agrees with the recount, which works on strings", () => {
    const expected = chatScorer(TABLES)
    const signs = [0, 0, 0]
    let unscored = 0
    for (let seed = 0; seed < 6000; seed++) {
      const draws = new Draws(hash(seed))
      const text = textOf(draws)
      const emotes = draws.below(3) === 0 ? Array.from({ length: draws.below(4) }, () => wordOf(draws)) : []
      const score = scoreOf(ChatModel, text, emotes)
      assert.strictEqual(
        score === UNSCORED ? undefined : score,
        expected(text, emotes),
        JSON.stringify({ seed, text, emotes })
      )
      if (score === UNSCORED) {
        unscored++
        continue
      }
      assert.isTrue(Number.isInteger(score) && Math.abs(score) <= 1_000_000, JSON.stringify({ text, score }))
      const sign = Math.sign(score) + 1
      signs[sign] = (signs[sign] ?? 0) + 1
    }
    for (const many of [...signs, unscored]) assert.isAbove(many, 50)
  })

  it("is the same if the list repeats the text's emotes", () => {
    for (let seed = 0; seed < 2000; seed++) {
      const draws = new Draws(hash(seed))
      const emotes = Array.from({ length: 1 + draws.below(4) }, () => pick(draws, NAMES))
      const text = emotes.map((emote) => `${pick(draws, NOISE.slice(0, 6))} ${emote}`).join(" ")
      assert.strictEqual(scoreMicro(text, ...emotes, ...emotes), scoreMicro(text), text)
    }
  })
})
