/**
 * The behavior of one stream's people within the reaction span: the last panes before the end of a
 * window.
 */

export interface Reaction {
  /** Distinct people who wrote. */
  readonly people: number
  readonly messages: number
  /**
   * The pane of the span with the most messages, counted from 0 on: the first among equals.
   */
  readonly busiest: number
  /**
   * Most distinct people who share one word or one class of reactions; 0 when no two do, and below
   * {@link NAMED_PEOPLE} people.
   */
  readonly unison: number
  /**
   * The shared word in its compared form, or the class's name in upper case; `undefined` when
   * unison is 0.
   */
  readonly shared: string | undefined
  /**
   * The most repeated text: its messages and its distinct people; zeros and "" when none comes
   * twice.
   */
  readonly repeated: { readonly messages: number; readonly people: number; readonly text: string }
  /** Distinct texts whose score is not zero: each text counts once. */
  readonly moodTexts: number
  /** The sum of their scores in millionths. */
  readonly moodMicro: number
}

/**
 * Fewer people than this are no moment, however few are usual. Their spans only count people and
 * messages: unison and mood are 0, and nothing is shared or repeated.
 */
export const NAMED_PEOPLE = 5

export const NO_REACTION: Reaction = {
  people: 0,
  messages: 0,
  busiest: 0,
  unison: 0,
  shared: undefined,
  repeated: { messages: 0, people: 0, text: "" },
  moodTexts: 0,
  moodMicro: 0
}
