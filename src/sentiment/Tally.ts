/**
 * The mood of one message, entry by entry. Everything is an integer, in thousandths of the
 * lexicon's scale.
 */
import {
  BOOSTER,
  CONTRAST,
  DAMPENER,
  EMOTE,
  flags,
  NEGATION,
  NEUTRAL,
  NONE,
  pairOf,
  SARCASTIC,
  valences
} from "./Lexicon.ts"
import { elementOf } from "./Token.ts"

/** A negation reaches so many words. */
const REACH = 5
/** As in VADER, in thousandths: what a negation, a booster, capitals and exclamation marks do. */
const NEGATED = -740
const BOOST = 293
const CAPITALS = 733
const EXCLAMATION = 292
const EXCLAMATIONS = 4

/** So many different entries of a message count. */
const DISTINCT = 32

/**
 * A mood of at most so many thousandths per token is too faint to count: a long text needs more
 * than one weak word.
 */
const FAINT = 60

/** The greater, the slower scores approach 1: 15, as in VADER, of thousandths squared. */
const SLOWNESS = 15_000_000

const scaled = (valence: number, thousandths: number): number => Math.trunc((valence * thousandths) / 1000)

/** Moves a valence away from 0, or towards it if `by` is negative. */
const strengthen = (valence: number, by: number): number =>
  valence > 0 ? valence + by : valence < 0 ? valence - by : 0

export class Tally {
  /** The words before the last contrast ("but"), and those since. */
  #before = 0
  #words = 0
  #hasContrast = false
  #emotes = 0
  #isSarcastic = false
  #hits = 0
  /** Whether the message holds an entry that is known to be neutral. */
  isNeutral = false
  /**
   * Words since the last negation, and the mood of the negation itself if it negates none of them:
   * "no" alone refuses.
   */
  #sinceNegation = REACH
  #refusal = 0
  #boost = 0
  /** The word before, what it added, and whether a negation reaches it. */
  #previous = NONE
  #gain = 0
  #isNegated = false
  readonly #seen = new Int32Array(DISTINCT)
  #distinct = 0

  reset(): void {
    this.#before = 0
    this.#words = 0
    this.#hasContrast = false
    this.#emotes = 0
    this.#isSarcastic = false
    this.#hits = 0
    this.isNeutral = false
    this.#distinct = 0
    this.endClause()
  }

  /** Whether the model knows anything about the message. */
  get isScored(): boolean {
    return this.#hits > 0 || this.isNeutral
  }

  /** Ends the clause, after punctuation or an emote: earlier words no longer change later ones. */
  endClause(): void {
    this.#sinceNegation = REACH
    this.#refusal = 0
    this.#pass(NONE, 0)
  }

  /** The next token of the text; NONE if the lexicon does not have it. */
  add(entry: number, isCapitals: boolean): void {
    const kind = entry === NONE ? 0 : elementOf(flags, entry)
    if ((kind & NEUTRAL) !== 0) this.isNeutral = true
    if (entry === NONE) this.#pass(NONE, 0)
    else if ((kind & EMOTE) !== 0) {
      this.addEmote(entry)
      this.endClause()
    } else this.#addWord(entry, kind, isCapitals)
  }

  /** An emote, of the text or of the message's list. The words around it do not change it. */
  addEmote(entry: number): void {
    const kind = elementOf(flags, entry)
    if ((kind & SARCASTIC) !== 0) this.#isSarcastic = true
    if ((kind & NEUTRAL) !== 0) this.isNeutral = true
    this.#emotes += this.#valenceOf(entry)
  }

  /** In millionths, of a text that has so many tokens and exclamation marks. */
  scoreMicro(tokens: number, exclamations: number): number {
    const { words } = this
    const spoken = this.#isSarcastic && words > 0 ? -Math.trunc(words / 2) : words
    const sum = strengthen(spoken + this.#emotes, EXCLAMATION * Math.min(exclamations, EXCLAMATIONS))
    if (Math.abs(sum) <= FAINT * tokens) return 0
    return Math.round((sum / Math.sqrt(sum * sum + SLOWNESS)) * 1_000_000)
  }

  /** The mood of the words: those after a contrast count more than those before. */
  get words(): number {
    return this.#hasContrast ? Math.trunc(this.#before / 2) + Math.trunc((this.#words * 3) / 2) : this.#words
  }

  #addWord(entry: number, kind: number, isCapitals: boolean): void {
    const pair = this.#previous === NONE ? NONE : pairOf(this.#previous, entry)
    if (pair !== NONE) {
      const valence = this.#valenceOf(pair)
      this.#words += (this.#isNegated ? scaled(valence, NEGATED) : valence) - this.#gain
      this.endClause()
    } else if ((kind & CONTRAST) !== 0) {
      this.#before += this.#words
      this.#words = 0
      this.#hasContrast = true
      this.endClause()
    } else if ((kind & NEGATION) !== 0) {
      this.#refusal = this.#valenceOf(entry)
      this.#words += this.#refusal
      this.#pass(entry, this.#refusal)
      this.#sinceNegation = 0
    } else if ((kind & (BOOSTER | DAMPENER)) !== 0) {
      this.#pass(entry, 0)
      this.#boost = (kind & BOOSTER) !== 0 ? BOOST : -BOOST
    } else this.#addPlain(entry, isCapitals)
  }

  #addPlain(entry: number, isCapitals: boolean): void {
    const valence = this.#valenceOf(entry)
    const strong = strengthen(valence, (isCapitals ? CAPITALS : 0) + this.#boost)
    if (strong === 0 || this.#sinceNegation >= REACH) {
      this.#words += strong
      this.#pass(entry, strong)
      return
    }
    const negated = scaled(strong, NEGATED)
    this.#words += negated - this.#refusal
    this.#refusal = 0
    this.#pass(entry, negated)
  }

  #pass(entry: number, gain: number): void {
    this.#previous = entry
    this.#gain = gain
    this.#boost = 0
    this.#isNegated = this.#sinceNegation < REACH
    if (this.#isNegated) this.#sinceNegation++
  }

  /** An entry's valence the first time that a message has it, then 0. */
  #valenceOf(entry: number): number {
    const valence = elementOf(valences, entry)
    if (valence === 0) return 0
    for (let n = 0; n < this.#distinct; n++) if (this.#seen[n] === entry) return 0
    if (this.#distinct === DISTINCT) return 0
    this.#seen[this.#distinct++] = entry
    this.#hits++
    return valence
  }
}
