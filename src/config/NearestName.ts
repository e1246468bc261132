/** Finds the known name that a misspelled one probably means. */

/**
 * The name nearest to `word` by Levenshtein distance, the first among equals. `undefined` if none
 * is close enough. A likely typo has the same first letter, and a distance of at most one for names
 * shorter than eight letters, or two for others.
 */
export const nearestName = (word: string, names: ReadonlyArray<string>): string | undefined => {
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const name of names) {
    const limit = name.length < 8 ? 1 : 2
    if (name[0] !== word[0] || Math.abs(name.length - word.length) > limit) continue
    const steps = distance(word, name)
    if (steps <= limit && steps < least) {
      least = steps
      nearest = name
    }
  }
  return nearest
}

/** Insertions, deletions and replacements of one character that turn `a` into `b`. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
