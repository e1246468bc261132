/** What the people of one stream did within the reaction span: the last panes before the end of a window. */

/** What most people share: one word, or one class of reactions such as laughter. */
export interface Shared {
  /** The word in its compared form, or the class's name. */
  readonly word: string
  readonly isClass: boolean
  /** Distinct people who wrote it. */
  readonly people: number
}

export interface Reaction {
  /** Distinct people who wrote. */
  readonly people: number
  readonly messages: number
  /** The most shared word or class; `undefined` without words. */
  readonly shared: Shared | undefined
  /** The most repeated text: how many messages it has, and of how many people. Zeros without messages. */
  readonly repeated: { readonly messages: number; readonly people: number; readonly text: string }
  /** Distinct texts whose score is not zero, the sum of their scores and of the scores' squares: each text counts once. */
  readonly mood: { readonly texts: number; readonly sumMicro: number; readonly squares: number }
}

export const NO_REACTION: Reaction = {
  people: 0,
  messages: 0,
  shared: undefined,
  repeated: { messages: 0, people: 0, text: "" },
  mood: { texts: 0, sumMicro: 0, squares: 0 }
}
