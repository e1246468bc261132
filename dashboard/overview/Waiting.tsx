/** Replaces the list of streams while there is none: what the worker waits for. */
import type { PipelineStatus } from "../api/Wire.ts"
import { waitingWords } from "../format/Waiting.ts"
import { pipeline } from "../live/Live.ts"
import { Notice } from "../shell/Notice.tsx"

const Collected = ({ collects }: { readonly collects: NonNullable<PipelineStatus["collects"]> }) => {
  const { lines, title } = waitingWords(collects)
  return (
    <Notice title={title}>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Notice>
  )
}

export const Waiting = () => {
  const collects = pipeline.value?.collects ?? null
  return collects === null ? (
    <Notice title="No stream is live.">
      <p>Streams appear here a minute or so after their first message.</p>
    </Notice>
  ) : (
    <Collected collects={collects} />
  )
}
