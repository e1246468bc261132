/** The charts' values as text. */
import { useState } from "preact/hooks"
import type { Query } from "../api/Client.ts"
import { Download } from "../shell/Download.tsx"
import type { SummaryPoint } from "../api/Wire.ts"
import { count, counted, signed } from "../format/Numbers.ts"
import { Time } from "../shell/Time.tsx"
import { endMs } from "./Series.ts"

/** The maximum number of rows. */
const MOST_ROWS = 120

export const ValuesTable = ({
  points,
  query,
  stream
}: {
  readonly points: ReadonlyArray<SummaryPoint>
  readonly stream: string
  /** The time range and step of the download. */
  readonly query: Query
}) => {
  const [isOpen, setIsOpen] = useState(false)
  const shown = points.slice(-MOST_ROWS).toReversed()
  return (
    <details class="panel values" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>Values as a table</summary>
      <Download path={`/streams/${encodeURIComponent(stream)}/summaries`} query={query} what="these values" />
      {isOpen ? (
        // oxlint-disable-next-line jsx_a11y/no-noninteractive-tabindex -- scrolls
        <div class="scroll" tabIndex={0} role="region" aria-label="Values">
          <table>
            <caption>
              {points.length > MOST_ROWS ? `The latest ${MOST_ROWS} of ` : ""}
              {counted(points.length, "point")}, the latest first
            </caption>
            <thead>
              <tr>
                {["Time", "Messages", "Activity", "People", "Viewers", "Mood", "Messages with a mood"].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((point) => (
                <tr key={point.window_end}>
                  <th scope="row">
                    <Time ms={endMs(point)} />
                  </th>
                  <td>{count(point.chat_count)}</td>
                  <td>
                    {signed(point.z_score, 1)}
                    {point.is_anomaly ? " unusual" : ""}
                  </td>
                  <td>{count(point.unique_chatters)}</td>
                  <td>{count(point.avg_viewers)}</td>
                  <td>{signed(point.scored_count === 0 ? null : point.avg_sentiment, 2)}</td>
                  <td>{count(point.scored_count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  )
}
