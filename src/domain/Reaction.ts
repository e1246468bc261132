/** What the people of one stream did within the reaction span: the last panes before the end of a window. */

export interface Reaction {
  /** Distinct people who wrote. */
  readonly people: number
  readonly messages: number
  /** Most distinct people who share one word or one class of reactions; 0 when no two do. */
  readonly unison: number
  /** What they share: the word in its compared form, or the class's name in upper case. Known from {@link NAMED_PEOPLE} people on. */
  readonly shared: string | undefined
  /** The most repeated text: how many messages it has, and of how many people; zeros when none comes twice. The text is known from {@link NAMED_PEOPLE} people on. */
  readonly repeated: { readonly messages: number; readonly people: number; readonly text: string }
  /** Distinct texts whose score is not zero. */
  readonly moodTexts: number
  /** Sum of their scores in millionths: each text counts once. */
  readonly moodMicro: number
}

/** Fewer people than this are no moment, however few are usual: what they say is counted, not named. */
export const NAMED_PEOPLE = 5

export const NO_REACTION: Reaction = {
  people: 0,
  messages: 0,
  unison: 0,
  shared: undefined,
  repeated: { messages: 0, people: 0, text: "" },
  moodTexts: 0,
  moodMicro: 0
}
