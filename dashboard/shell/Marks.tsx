/** Small marks that all pages share. */
import type { MomentItem } from "../api/Wire.ts"
import { type Direction, momentDirection, momentLabel } from "../format/Labels.ts"
import { count, decimal, NONE, signed } from "../format/Numbers.ts"
import { Fall, Rise, Turn } from "./Icons.tsx"

/** Text that users chose. It is never markup, and its writing direction ends with it. */
export const Foreign = ({ text }: { readonly text: string }) => <bdi class="foreign">{text}</bdi>

/** Text that users chose, cut to two lines: a name may have 255 characters. */
export const ShortForeign = ({ text }: { readonly text: string }) => (
  <bdi class="foreign short" title={text}>
    {text}
  </bdi>
)

/** By how many usual deviations the chat's score is above the stream's baseline. */
export const Deviation = ({ isAnomaly, z }: { readonly z: number | null; readonly isAnomaly: boolean }) =>
  z === null ? (
    <span class="faint" title="The stream has no baseline yet">
      {NONE}
    </span>
  ) : (
    <span
      class={isAnomaly ? `badge badge-${z > 0 ? "up" : "down"}` : "plain-badge"}
      title={`${signed(z, 2)} usual deviations from the baseline${isAnomaly ? ": unusual" : ""}`}
    >
      {signed(z, 1)}
    </span>
  )

/** The mean from -1 (all negative) to +1 (all positive). It is missing if no message is scored. */
export const Sentiment = ({ scored, value }: { readonly scored: number; readonly value: number | null }) => {
  if (value === null || scored === 0) return <span class="faint">{NONE}</span>
  const width = Math.min(1, Math.abs(value)) * 16
  return (
    <span class="sentiment" title={`${count(scored)} messages scored`}>
      {signed(value, 2)}
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

/** Marks a window that may lack events that the log lost. */
export const Incomplete = () => (
  <span class="tag" title="The log lost records before they were read: this window may lack some">
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

export const Intensity = ({ value }: { readonly value: number | null }) =>
  value === null ? null : (
    <span class="intensity" title="Greatest score, in usual deviations">
      {decimal(value, 1)}σ
    </span>
  )
