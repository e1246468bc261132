/** The channels whose public chat this worker collects. */
import type { PipelineStatus } from "../api/Wire.ts"
import { counted } from "../format/Numbers.ts"
import { channelLines } from "../format/Waiting.ts"

export const CollectorPanel = ({ channels }: Pick<NonNullable<PipelineStatus["collects"]>, "channels">) => (
  <section class="panel collector" aria-labelledby="collector-title">
    <div class="panel-head">
      <h2 id="collector-title">Collector</h2>
      <span class="faint">{counted(channels.length, "channel")}</span>
    </div>
    {channelLines(channels).map((line) => (
      <p key={line}>{line}</p>
    ))}
  </section>
)
