/**
 * Texts as the numbers of their words. The class of a message's words, if it has one, is the last
 * number and no part of the text.
 */
import { outside } from "../domain/Invariant.ts"
import type { Vocabulary } from "./Vocabulary.ts"

/** The words [start, end) of a message, at least one, without the class. */
export const textWords = (vocabulary: Vocabulary, numbers: Int32Array, start: number, end: number): Int32Array =>
  numbers.subarray(start, vocabulary.isClass(numbers[end - 1] ?? outside()) ? end - 1 : end)

/**
 * In order of their bytes, a blank between the words: word by word. The texts differ.
 */
export const compareTexts = (vocabulary: Vocabulary, a: Int32Array, b: Int32Array): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const word = a[at] ?? outside()
    const other = b[at] ?? outside()
    if (word !== other) return vocabulary.compare(word, other)
  }
  return a.length - b.length
}

/** The text in its compared form. */
export const spelled = (vocabulary: Vocabulary, words: Int32Array): string =>
  Array.from(words, (word) => vocabulary.textOf(word)).join(" ")

/**
 * The messages of one text can differ in score: the one farthest from 0 is its mood, the positive
 * one among equals.
 */
export const stronger = (mood: number, score: number): number => {
  const distance = Math.abs(score) - Math.abs(mood)
  return distance > 0 || (distance === 0 && score > mood) ? score : mood
}
