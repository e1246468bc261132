/** All figures of one point: the one at the cursor, that of the moment, or the latest. */
import type { SummaryPoint } from "../api/Wire.ts"
import { count } from "../format/Numbers.ts"
import { Activity, Emotes, Incomplete, Mood } from "../shell/Marks.tsx"
import { Time } from "../shell/Time.tsx"
import { endMs, startMs } from "./Series.ts"

const MOST_EMOTES = 10

const TITLES = { cursor: "At the cursor", moment: "At the peak", end: "Latest figures shown" } as const

export const WindowPanel = ({
  place,
  point
}: {
  readonly point: SummaryPoint | undefined
  readonly place: keyof typeof TITLES
}) => (
  <section class="panel window" aria-labelledby="window-title">
    <div class="panel-head">
      <h2 id="window-title">{TITLES[place]}</h2>
      {point === undefined || point.complete ? null : <Incomplete />}
    </div>
    {point === undefined ? (
      <p class="faint">Nothing to show.</p>
    ) : (
      <>
        <p class="window-time">
          <Time ms={startMs(point)} /> to <Time ms={endMs(point)} />
          {point.windows > 1 ? <small>the busiest of {count(point.windows)} counts</small> : null}
        </p>
        <dl class="facts">
          <div>
            <dt>Messages</dt>
            <dd>{count(point.chat_count)}</dd>
          </div>
          <div>
            <dt>Activity, strength</dt>
            <dd>
              <Activity z={point.z_score} isAnomaly={point.is_anomaly} />
            </dd>
          </div>
          <div>
            <dt>People who wrote</dt>
            <dd>{count(point.unique_chatters)}</dd>
          </div>
          <div>
            <dt>Viewers</dt>
            <dd>{count(point.avg_viewers)}</dd>
          </div>
          <div>
            <dt>Mood, −1 to +1</dt>
            <dd>
              <Mood value={point.avg_sentiment} scored={point.scored_count} />
            </dd>
          </div>
          <div>
            <dt>Messages with a mood</dt>
            <dd>{count(point.scored_count)}</dd>
          </div>
          <div>
            <dt>Positive, negative messages</dt>
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
