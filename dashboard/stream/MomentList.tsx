/** The moments of the shown time range. */
import type { Query } from "../api/Client.ts"
import { Download } from "../shell/Download.tsx"
import type { MomentItem } from "../api/Wire.ts"
import { count } from "../format/Numbers.ts"
import { Intensity, MomentKind, MomentText } from "../shell/Marks.tsx"
import { ClipOffset } from "./ClipTimes.tsx"
import { Time } from "../shell/Time.tsx"

/** The list is shorter than the marks in the chart. */
const MOST_LISTED = 100

export const MomentList = ({
  hasMore,
  hrefOf,
  moments,
  query,
  selected
}: {
  readonly moments: ReadonlyArray<MomentItem>
  /** Whether the time range contains earlier ones. */
  readonly hasMore: boolean
  readonly selected: string | undefined
  /** The stream and time range of the download. */
  readonly query: Query
  readonly hrefOf: (moment: MomentItem) => string
}) => (
  <section class="panel moment-list" aria-labelledby="moments-title">
    <div class="panel-head">
      <h2 id="moments-title">Moments shown</h2>
      <p class="faint">{moments.length === 0 ? "" : `${hasMore ? "the latest " : ""}${count(moments.length)}`}</p>
    </div>
    {moments.length === 0 ? (
      <p class="faint">None in this time range.</p>
    ) : (
      <ol class="moments">
        {moments.slice(0, MOST_LISTED).map((moment) => (
          <li key={moment.id}>
            <a class="moment" href={hrefOf(moment)} aria-current={moment.id === selected ? "true" : undefined}>
              <span class="moment-head">
                <MomentKind {...moment} />
                <Intensity value={moment.intensity} />
                <Time ms={Date.parse(moment.timestamp)} />
              </span>
              <ClipOffset clip={moment.clip} />
              <MomentText description={moment.description} />
            </a>
          </li>
        ))}
      </ol>
    )}
    <Download path="/moments" query={query} what="the moments shown" />
  </section>
)
