/** Small marks that all pages share. */
import type { MomentItem } from "../api/Wire.ts"
import { type Direction, momentDirection, momentLabel } from "../format/Labels.ts"
import { count, counted, decimal, NONE, signed } from "../format/Numbers.ts"
import { activityWord, moodWord } from "../format/Words.ts"
import { Fall, Rise, Turn } from "./Icons.tsx"

/** Text that users chose. It is never markup, and its writing direction ends with it. */
export const Foreign = ({ text }: { readonly text: string }) => <bdi class="foreign">{text}</bdi>

/** Text that users chose, cut to two lines: a name may have 255 characters. */
export const ShortForeign = ({ text }: { readonly text: string }) => (
  <bdi class="foreign short" title={text}>
    {text}
  </bdi>
)

/** How lively the chat is for its own standards: a word, and its strength. */
export const Activity = ({ isAnomaly, z }: { readonly z: number | null; readonly isAnomaly: boolean }) =>
  z === null ? (
    <span class="faint" title="Not known yet: the stream is too new">
      {NONE}
    </span>
  ) : (
    <span
      class={isAnomaly ? `badge badge-${z > 0 ? "up" : "down"}` : "plain-badge"}
      title={`Strength ${signed(z, 2)}: 0 is as usual, 1 is the chat’s ordinary ups and downs${isAnomaly ? "; this is unusual" : ""}`}
    >
      {activityWord(z, isAnomaly)} <span class="value">{signed(z, 1)}</span>
    </span>
  )

/**
 * The mood of a chat: a word, and the mean of its messages from -1 to +1. It is missing if no
 * message is scored.
 */
export const Mood = ({ scored, value }: { readonly scored: number; readonly value: number | null }) => {
  if (value === null || scored === 0) return <span class="faint">{NONE}</span>
  const width = Math.min(1, Math.abs(value)) * 16
  return (
    <span
      class="sentiment"
      title={`Mean of ${counted(scored, "message")} with a mood, from −1 (angry, sad) to +1 (happy)`}
    >
      <span class="mood-word">{moodWord(value)}</span> <span class="value">{signed(value, 2)}</span>
      <svg viewBox="0 0 32 8" width="32" height="8" aria-hidden="true">
        <rect class="sentiment-track" y="3" width="32" height="2" rx="1" />
        <rect
          class={value < 0 ? "sentiment-bad" : "sentiment-good"}
          x={value < 0 ? 16 - width : 16}
          y="1"
          width={width}
          height="6"
          rx="1"
        />
      </svg>
    </span>
  )
}

/** Marks figures that may lack events that the log lost. */
export const Incomplete = () => (
  <span class="tag" title="Records were lost before they were read: the figures may lack some">
    incomplete
  </span>
)

export const Emotes = ({
  counts = [],
  emotes,
  most
}: {
  readonly emotes: ReadonlyArray<string>
  /** In the order of `emotes`; unknown if it is shorter. */
  readonly counts?: ReadonlyArray<number>
  readonly most: number
}) =>
  emotes.length === 0 ? (
    <span class="faint">{NONE}</span>
  ) : (
    <span class="emotes">
      {emotes.slice(0, most).map((emote, index) => (
        <span key={index} class="emote">
          <Foreign text={emote} />
          {counts[index] === undefined ? null : <small> {count(counts[index])}</small>}
        </span>
      ))}
    </span>
  )

const ARROWS: Readonly<Record<Direction, () => preact.JSX.Element>> = { rise: Rise, fall: Fall, turn: Turn }

/** Up, down or both ways: the direction without its colour. */
export const Arrow = ({ direction }: { readonly direction: Direction }) => {
  const Icon = ARROWS[direction]
  return <Icon />
}

/** The kind of a moment, and its direction. */
export const MomentKind = ({ moment_type }: Pick<MomentItem, "moment_type">) => {
  const direction = momentDirection(moment_type)
  return (
    <span class={`kind kind-${direction}`}>
      <Arrow direction={direction} />
      {momentLabel(moment_type)}
    </span>
  )
}

/** The description of a moment, if it has one. */
export const MomentText = ({ description }: Pick<MomentItem, "description">) =>
  description === null ? null : (
    <span class="moment-text">
      <Foreign text={description} />
    </span>
  )

/** How unusual a moment is. 1 is the ordinary ups and downs of the stream. */
export const Intensity = ({ value }: { readonly value: number | null }) =>
  value === null ? null : (
    <span class="intensity" title="How unusual: 1 is the stream’s ordinary ups and downs">
      strength {decimal(value, 1)}
    </span>
  )
