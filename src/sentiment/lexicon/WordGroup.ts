/** Words of one valence: how a list of words is written down. */
export interface WordGroup {
  /** How a writer feels who uses the words: -4 to 4, as in VADER's lexicon; 0 = no mood. */
  readonly valence: number
  /** In lower case, separated by white space. */
  readonly words: string
}
