/**
 * Writes src/sentiment/lexicon/Vader.ts from VADER's lexicon: the word ratings of the PyPI package
 * vaderSentiment 3.3.2 (MIT).
 *
 *     pip download --no-deps vaderSentiment==3.3.2
 *     unzip vaderSentiment-3.3.2-py2.py3-none-any.whl vaderSentiment/vader_lexicon.txt
 *     node ops/lexicon/vader.ts vaderSentiment/vader_lexicon.txt
 */
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"

const SHA256 = "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5"

/** The longest line of words in the file. */
const WIDTH = 110

const [, , path] = process.argv
if (path === undefined) throw new Error("usage: node ops/lexicon/vader.ts PATH/vader_lexicon.txt")
const source = readFileSync(path)
const actual = createHash("sha256").update(source).digest("hex")
if (actual !== SHA256) throw new Error(`${path} is not the lexicon of vaderSentiment 3.3.2: its SHA-256 is ${actual}`)

/**
 * A line is the word, its mean rating from -4 to 4, the ratings' deviation and the ratings,
 * separated by tabs.
 */
const ratings = new Map<string, number>()
for (const line of source.toString("utf8").split("\n")) {
  const [word, mean] = line.split("\t")
  // A token of a message holds no white space.
  if (word === undefined || mean === undefined || /\s/.test(word)) continue
  ratings.set(word.toLowerCase(), Math.round(Number(mean) * 10))
}

/** The words of each rating, as lines. */
const linesOf = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ""
    }
    line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const groups = [...new Set(ratings.values())]
  .toSorted((a, b) => a - b)
  .map((tenths) => {
    const words = [...ratings.keys()].filter((word) => ratings.get(word) === tenths).toSorted()
    return `  {\n    valence: ${tenths / 10},\n    words: String.raw\`\n      ${linesOf(words).join("\n      ")}\`\n  }`
  })

writeFileSync(
  new URL("../../src/sentiment/lexicon/Vader.ts", import.meta.url),
  `/**
 * VADER's lexicon: English words and emoticons with the mean of ten people's ratings, -4 to 4. Written by ops/lexicon/vader.ts;
 * not to be edited. From the package vaderSentiment 3.3.2, Copyright (c) 2016 C.J. Hutto, MIT License: its text is in
 * ops/licences/vaderSentiment.txt and goes along in every build (THIRD_PARTY.txt).
 *
 * Hutto, C.J. & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text.
 */
import type { WordGroup } from "./WordGroup.ts"

export const VADER: ReadonlyArray<WordGroup> = [
${groups.join(",\n")}
]
`
)
