/** One window in full: the one under the cursor, or the latest. */
import type { SummaryPoint } from "../api/Wire.ts"
import { count } from "../format/Numbers.ts"
import { Deviation, Emotes, Incomplete, Sentiment } from "../shell/Marks.tsx"
import { Time } from "../shell/Time.tsx"
import { endMs, startMs } from "./Series.ts"

const MOST_EMOTES = 10

export const WindowPanel = ({
  isUnderCursor,
  point
}: {
  readonly point: SummaryPoint | undefined
  readonly isUnderCursor: boolean
}) => (
  <section class="panel window" aria-labelledby="window-title">
    <div class="panel-head">
      <h2 id="window-title">{isUnderCursor ? "Window under the cursor" : "Last window shown"}</h2>
      {point === undefined || point.complete ? null : <Incomplete />}
    </div>
    {point === undefined ? (
      <p class="faint">No window.</p>
    ) : (
      <>
        <p class="window-time">
          <Time ms={startMs(point)} /> to <Time ms={endMs(point)} />
          {point.windows > 1 ? <small>the busiest of {count(point.windows)}</small> : null}
        </p>
        <dl class="facts">
          <div>
            <dt>Messages</dt>
            <dd>{count(point.chat_count)}</dd>
          </div>
          <div>
            <dt>Deviation</dt>
            <dd>
              <Deviation z={point.z_score} isAnomaly={point.is_anomaly} />
            </dd>
          </div>
          <div>
            <dt>Chatters</dt>
            <dd>{count(point.unique_chatters)}</dd>
          </div>
          <div>
            <dt>Viewers</dt>
            <dd>{count(point.avg_viewers)}</dd>
          </div>
          <div>
            <dt>Sentiment</dt>
            <dd>
              <Sentiment value={point.avg_sentiment} scored={point.scored_count} />
            </dd>
          </div>
          <div>
            <dt>Scored messages</dt>
            <dd>{count(point.scored_count)}</dd>
          </div>
          <div>
            <dt>Positive, negative</dt>
            <dd>
              {count(point.positive_count)}, {count(point.negative_count)}
            </dd>
          </div>
        </dl>
        <h3>Top emotes</h3>
        <Emotes emotes={point.top_emotes} counts={point.emote_counts} most={MOST_EMOTES} />
      </>
    )}
  </section>
)
