/** The sections of a moment, in the order of the page. Add a section to the list at the end. */
import type { MomentDetail } from "../api/Wire.ts"
import { duration } from "../format/Times.ts"
import { formatRoute } from "../routing/Routes.ts"
import { Foreign, Intensity, MomentKind } from "../shell/Marks.tsx"
import { Time } from "../shell/Time.tsx"
import { ClipTimes } from "./ClipTimes.tsx"
import { FeedbackButtons } from "./FeedbackButtons.tsx"
import { MomentNumbers } from "./MomentNumbers.tsx"
import { Quotes, Risen } from "./Quotes.tsx"

/** The kind, strength and time of a moment. */
const Head = ({ moment }: MomentDetail) => {
  const startMs = Date.parse(moment.timestamp)
  return (
    <p class="moment-head">
      <MomentKind {...moment} />
      <Intensity value={moment.intensity} />
      <span>
        <Time ms={startMs} />
        {moment.ended_at === null ? null : <small>for {duration(Date.parse(moment.ended_at) - startMs)}</small>}
      </span>
    </p>
  )
}

/** The chat comes first: it makes a moment believable. */
const Chat = ({ moment: { content } }: MomentDetail) => (content === null ? null : <Quotes {...content} />)

const Sentence = ({ moment: { description } }: MomentDetail) =>
  description === null ? null : (
    <p class="lead">
      <Foreign text={description} />
    </p>
  )

const Numbers = ({ moment }: MomentDetail) =>
  moment.metadata === null ? (
    <p class="faint">An earlier job or version wrote this moment. Its numbers are not known.</p>
  ) : (
    <MomentNumbers {...moment.metadata} />
  )

const InWords = ({ explanation }: MomentDetail) =>
  explanation.length === 0 ? null : (
    <details class="in-words">
      <summary>In words</summary>
      {explanation.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </details>
  )

const WordsAndEmotes = ({ moment: { content } }: MomentDetail) => (content === null ? null : <Risen {...content} />)

const Clip = ({ moment }: MomentDetail) => <ClipTimes clip={moment.clip} />

const Feedback = ({ moment }: MomentDetail) => <FeedbackButtons {...moment} />

const Permalink = ({ moment: { id } }: MomentDetail) => (
  <p class="permalink">
    <a href={formatRoute({ page: "moment", id, view: undefined })}>Link to this moment</a>
  </p>
)

/** Each section returns `null` if it has nothing to show. */
export const SECTIONS: ReadonlyArray<(detail: MomentDetail) => preact.JSX.Element | null> = [
  Head,
  Chat,
  Clip,
  Sentence,
  WordsAndEmotes,
  Numbers,
  InWords,
  Feedback,
  Permalink
]
