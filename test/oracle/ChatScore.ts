/**
 * The chat model, recounted from docs/sentiment.md, "Rules", with strings and without a thought for
 * speed. The tables are the model's own data, which the caller hands over.
 */

export interface OracleTables {
  readonly emotes: ReadonlyArray<{ readonly valence: number; readonly names: string; readonly exact?: string }>
  readonly emoji: ReadonlyArray<{ readonly valence: number; readonly symbols: string }>
  /** The later list wins. */
  readonly words: ReadonlyArray<ReadonlyArray<{ readonly valence: number; readonly words: string }>>
  readonly phrases: ReadonlyArray<{ readonly valence: number; readonly words: string }>
  readonly beginnings: ReadonlyArray<{ readonly valence: number; readonly words: string }>
  readonly endings: ReadonlyArray<{ readonly valence: number; readonly words: string }>
  readonly sizes: string
  readonly sarcasm: string
  readonly negations: string
  readonly boosters: string
  readonly dampeners: string
  readonly contrasts: string
  readonly reactions: string
}

/** A listed name: two hits are the same if their `id` is equal. */
interface Hit {
  readonly id: string
  readonly valence: number
  readonly isEmote: boolean
  /** Known for having no mood. */
  readonly isNeutral: boolean
}

const list = (text: string): ReadonlyArray<string> => text.split(/\s+/).filter(Boolean)
const thousandths = (valence: number): number => Math.round(valence * 1000)

/** "Folded" in the rules. */
const fold = (text: string): string =>
  text.replace(/[A-ZÀ-ÖØ-ÞА-ЯЁё]/gu, (letter) => letter.toLowerCase().replace("ё", "е"))

/** Moves a valence away from 0. */
const away = (valence: number, by: number): number => valence + Math.sign(valence) * by

/** White space: what tokens are separated by. */
const isBlank = (letter: string): boolean => letter <= " "

const chunksOf = (text: string): ReadonlyArray<string> =>
  [...text]
    .map((letter) => (isBlank(letter) ? " " : letter))
    .join("")
    .split(" ")
    .filter(Boolean)

const PUNCTUATION = "[!-/:-@[-`{-~]"
const bytesOf = (text: string): number => Buffer.byteLength(text)

/** The longest beginning of whole code points that has at most 64 bytes. */
const cut = (token: string): string => {
  let kept = ""
  for (const letter of token) {
    if (bytesOf(kept + letter) > 64) return kept
    kept += letter
  }
  return kept
}

/**
 * The tokens between two white spaces; those of one code point of three or more bytes are symbols.
 */
const piecesOf = (chunk: string): ReadonlyArray<{ readonly text: string; readonly isSymbol: boolean }> => {
  const pieces: Array<{ text: string; isSymbol: boolean }> = []
  let word = ""
  const end = () => {
    if (word !== "") pieces.push({ text: cut(word), isSymbol: false })
    word = ""
  }
  for (const letter of chunk.replaceAll("\u2019", "'")) {
    if (/[\u0080-\u00bf]/u.test(letter)) end()
    else if (bytesOf(letter) < 3) word += letter
    else {
      end()
      pieces.push({ text: letter, isSymbol: true })
    }
  }
  end()
  return pieces
}

/**
 * Makes the scorer of these tables. Longer than 70 lines: every rule reads several of the tables,
 * which are made here once.
 */
export const chatScorer = (tables: OracleTables) => {
  const exact = new Map<string, Hit>()
  const folded = new Map<string, Hit>()
  const parts = new Map<string, Hit>()
  for (const { names, valence } of tables.emotes)
    for (const name of list(names))
      folded.set(fold(name), { id: fold(name), valence: thousandths(valence), isEmote: true, isNeutral: valence === 0 })
  for (const words of tables.words)
    for (const { valence, words: some } of words)
      for (const word of list(some))
        folded.set(word, { id: word, valence: thousandths(valence), isEmote: false, isNeutral: false })
  for (const word of list(tables.reactions)) folded.set(word, { id: word, valence: 0, isEmote: false, isNeutral: true })
  for (const { symbols, valence } of tables.emoji)
    for (const symbol of list(symbols))
      folded.set(symbol, { id: symbol, valence: thousandths(valence), isEmote: true, isNeutral: false })
  for (const { exact: names = "", valence } of tables.emotes)
    for (const name of list(names))
      exact.set(name, { id: `=${name}`, valence: thousandths(valence), isEmote: true, isNeutral: valence === 0 })
  for (const { valence, words } of [...tables.endings, ...tables.beginnings])
    for (const name of list(words))
      parts.set(name, { id: `+${name}`, valence: thousandths(valence), isEmote: true, isNeutral: false })
  const sarcasm = new Set(list(tables.sarcasm).map(fold))
  const negations = new Set(
    list(tables.negations).flatMap((word) => (word.endsWith("nt") ? [word, `${word.slice(0, -1)}'t`] : [word]))
  )
  const boosters = new Set(list(tables.boosters))
  const dampeners = new Set(list(tables.dampeners))
  const contrasts = new Set(list(tables.contrasts))
  const pairs = new Map(
    tables.phrases.flatMap(({ valence, words }) =>
      list(words).map((pair) => [
        pair.replace("-", " "),
        { id: `2 ${pair}`, valence: thousandths(valence), isEmote: false, isNeutral: false }
      ])
    )
  )
  const noMood = new Set([
    ...sarcasm,
    ...negations,
    ...boosters,
    ...dampeners,
    ...contrasts,
    ...tables.phrases.flatMap(({ words }) => list(words).flatMap((pair) => pair.split("-")))
  ])
  const sizes = list(tables.sizes)
  const beginnings = tables.beginnings.flatMap(({ words }) => list(words)).toSorted((a, b) => b.length - a.length)

  const named = (name: string): Hit | undefined =>
    exact.get(name) ??
    folded.get(fold(name)) ??
    (noMood.has(fold(name))
      ? { id: fold(name), valence: 0, isEmote: sarcasm.has(fold(name)), isNeutral: sarcasm.has(fold(name)) }
      : undefined)

  const family = (name: string): Hit | undefined => {
    if (!/^[A-Za-z0-9]*[A-Za-z]$/.test(name)) return undefined
    const size = sizes.find((some) => name.startsWith(some) && name !== some) ?? ""
    const rest = name.slice(size.length)
    const whole = size === "" ? undefined : named(rest)
    if (whole !== undefined) return whole
    if (/[a-z]/.test(name) && /[A-Z]/.test(name)) {
      for (const { index } of rest.matchAll(/(?<=[^A-Z])[A-Z]/g)) {
        const part = rest.slice(index)
        const hit = parts.get(part) ?? (part.length >= 3 ? named(part) : undefined)
        if (hit !== undefined) return hit
      }
    }
    const beginning = beginnings.find((some) => rest.startsWith(some) && rest !== some)
    return beginning === undefined ? undefined : parts.get(beginning)
  }

  const laughter = (word: string): Hit | undefined =>
    /^([ah]{4,}|[eh]{4,}|[hi]{4,}|[hu]{4,}|[aj]{4,}|[ej]{4,}|[ij]{4,}|[ak]{4,}|[lo]{4,}|[lu]{4,}|[dx]{4,}|[rs]{4,}|[ek]{4,}|[ax]{4,}|[ах]{4,}|[ех]{4,}|[их]{4,}|k{4,}|w{4,}|х{4,})$/u.test(
      word
    ) &&
    (new Set(word).size === 2 || /[kwх]/u.test(word[0] ?? ""))
      ? named("haha")
      : undefined

  const shortened = (token: string): Hit | undefined => {
    for (const keep of [2, 1]) {
      const shorter = token.replace(/(.)\1{2,}/giu, (run) => [...run].slice(0, keep).join(""))
      const hit = shorter === token ? undefined : named(shorter)
      if (hit !== undefined) return hit
    }
    return undefined
  }

  const unlisted = (part: string): Hit | undefined =>
    bytesOf(part) < 3 ? undefined : (family(part) ?? laughter(fold(part)) ?? shortened(part))

  /**
   * `undefined` = the message has no score. Longer than 70 lines: the rules share the state of one
   * message.
   */
  return (text: string, emotes: ReadonlyArray<string>): number | undefined => {
    if (/^![A-Za-z]/.test(chunksOf(text)[0] ?? "")) return undefined
    const seen = new Set<string>()
    let [before, words, feelings, tokens, questions, questionMarks, exclamations] = [0, 0, 0, 0, 0, 0, 0]
    let [isSarcastic, hasContrast, hasOpening, isNeutral] = [false, false, false, false]
    let numbers = 0
    let negatesNext = 0
    let refusal = 0
    let boost = 0
    let previous = { word: "", gain: 0, isNegated: false }

    const once = ({ id, valence }: Hit): number => {
      if (valence === 0 || seen.has(id) || seen.size === 32) return 0
      seen.add(id)
      return valence
    }
    const endClause = (): void => {
      negatesNext = 0
      refusal = 0
      boost = 0
      previous = { word: "", gain: 0, isNegated: false }
    }
    const feel = (hit: Hit): void => {
      if (hit.isNeutral) isNeutral = true
      if (sarcasm.has(hit.id)) isSarcastic = true
      feelings += once(hit)
    }
    const next = (word: string, gain: number): void => {
      previous = { word, gain, isNegated: negatesNext > 0 }
      boost = 0
      negatesNext = Math.max(0, negatesNext - 1)
    }
    const add = (hit: Hit | undefined, isCapitals: boolean): void => {
      if (hit === undefined) {
        next("", 0)
        return
      }
      if (hit.isNeutral) isNeutral = true
      if (hit.isEmote) {
        feel(hit)
        endClause()
        return
      }
      const pair = pairs.get(`${previous.word} ${hit.id}`)
      if (pair !== undefined) {
        const valence = once(pair)
        words += (previous.isNegated ? Math.trunc((valence * -740) / 1000) : valence) - previous.gain
        endClause()
      } else if (contrasts.has(hit.id)) {
        before += words
        words = 0
        hasContrast = true
        endClause()
      } else if (negations.has(hit.id)) {
        refusal = once(hit)
        words += refusal
        next(hit.id, refusal)
        negatesNext = 5
      } else if (boosters.has(hit.id) || dampeners.has(hit.id)) {
        next(hit.id, 0)
        boost = boosters.has(hit.id) ? 293 : -293
      } else {
        let valence = away(once(hit), (isCapitals ? 733 : 0) + boost)
        if (valence !== 0 && negatesNext > 0) {
          valence = Math.trunc((valence * -740) / 1000)
          words -= refusal
          refusal = 0
        }
        words += valence
        next(hit.id, valence)
      }
    }

    for (const chunk of chunksOf(text)) {
      if (chunk.startsWith("@")) continue
      for (const { isSymbol, text: token } of piecesOf(chunk)) {
        const whole = named(token)
        if (isSymbol) {
          if (whole === undefined) continue
          tokens++
          add(whole, false)
          continue
        }
        tokens++
        if (/^\?+$/.test(token)) {
          isNeutral = true
          questions++
          questionMarks += token.length
          endClause()
          continue
        }
        if (/\d/.test(token) && !/[^!-@[-`{-~]/.test(token)) numbers++
        const isCapitals = /[A-Z]/.test(token) && !/[a-z]/.test(token)
        const isPunctuated = new RegExp(PUNCTUATION).test(token)
        const hit = whole ?? (isPunctuated ? shortened(token) : undefined)
        if (hit !== undefined) {
          add(hit, isCapitals)
          continue
        }
        if (!isPunctuated) {
          add(unlisted(token), isCapitals)
          continue
        }
        if (token.includes("(")) hasOpening = true
        const inner = token.replace(new RegExp(`^${PUNCTUATION}+`), "").replace(new RegExp(`${PUNCTUATION}+$`), "")
        if (inner !== "") add(named(inner) ?? unlisted(inner), isCapitals)
        if (!new RegExp(`${PUNCTUATION}$`).test(token)) continue
        endClause()
        if (token.endsWith("?")) isNeutral = true
        if (bytesOf(inner) < 3) continue
        if (token.endsWith(")") && !hasOpening) feel(named("))") as Hit)
        if (token.endsWith("(")) feel(named("((") as Hit)
      }
      exclamations += chunk.split("!").length - 1
    }
    if (numbers === tokens && numbers > 0) isNeutral = true
    if (questions === tokens && questionMarks >= 3) feel(named("???") as Hit)
    for (const emote of emotes) {
      const name = cut(emote.replaceAll("\u2019", "'"))
      const hit = named(name) ?? unlisted(name)
      if (hit !== undefined) feel(hit)
    }
    if (seen.size === 0 && !isNeutral) return undefined
    const all = hasContrast ? Math.trunc(before / 2) + Math.trunc((words * 3) / 2) : words
    const spoken = isSarcastic && all > 0 ? -Math.trunc(all / 2) : all
    const sum = away(spoken + feelings, 292 * Math.min(4, exclamations))
    return Math.abs(sum) <= 60 * tokens ? 0 : Math.round((sum / Math.sqrt(sum * sum + 15_000_000)) * 1_000_000)
  }
}
