/** The numbers that explain a moment, as a small table. It does not quote the chat. */
import type { ComponentChildren } from "preact"
import type { MomentMetadata } from "../api/Wire.ts"
import { count, decimal, NONE, signed } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { Time } from "../shell/Time.tsx"

const Row = ({
  name,
  score,
  usual,
  value
}: {
  readonly name: string
  readonly value: ComponentChildren
  readonly usual?: ComponentChildren
  readonly score?: number | undefined
}) => (
  <tr>
    <th scope="row">{name}</th>
    <td>{value}</td>
    <td>{usual ?? NONE}</td>
    <td>{score === undefined ? NONE : `${signed(score, 1)}`}</td>
  </tr>
)

/** The time that the numbers of the chat describe. */
const momentOf = ({ parts }: MomentMetadata): string => {
  if (parts.silence !== undefined) return "when the chat came back"
  return parts.loss === undefined ? "at the peak" : "when the loss was confirmed"
}

export const MomentNumbers = (metadata: MomentMetadata) => {
  const { mood, parts, repeated_messages, repeated_people, usual_mood, usual_viewers, viewers } = metadata
  return (
    <table class="numbers">
      <caption>
        {duration(1000 * metadata.span_seconds)} up to <Time ms={Date.parse(metadata.peak_end)} />, {momentOf(metadata)}
      </caption>
      <thead>
        <tr>
          <td />
          <th scope="col">Then</th>
          <th scope="col">Usual</th>
          <th scope="col">Strength</th>
        </tr>
      </thead>
      <tbody>
        <Row
          name="People"
          value={count(metadata.people)}
          usual={
            <>
              {decimal(metadata.usual_people, 1)} <small>± {decimal(metadata.people_deviation, 1)}</small>
            </>
          }
          score={parts.chat}
        />
        <Row name="Messages" value={count(metadata.messages)} usual={decimal(metadata.usual_messages, 1)} />
        <Row name="Did the same" value={count(metadata.unison)} usual={decimal(metadata.usual_unison, 1)} />
        {repeated_messages < 2 ? null : (
          <Row
            name="Repeated text"
            value={
              <>
                {count(repeated_messages)} <small>by {count(repeated_people)}</small>
              </>
            }
          />
        )}
        {viewers === null || usual_viewers === null ? null : (
          <Row name="Viewers" value={count(viewers)} usual={count(usual_viewers)} score={parts.viewers ?? parts.loss} />
        )}
        {mood === null || usual_mood === null ? null : (
          <Row name="Mood, −1 to +1" value={signed(mood, 2)} usual={signed(usual_mood, 2)} score={parts.mood} />
        )}
        {parts.silence === undefined ? null : <Row name="Silence" value={NONE} score={parts.silence} />}
        {parts.loss === undefined || viewers !== null ? null : (
          <Row name="Viewers lost" value={NONE} score={parts.loss} />
        )}
      </tbody>
    </table>
  )
}
