/** The latest counts of a stream at a glance. */
import { counted, count } from "../format/Numbers.ts"
import { spark } from "./Spark.ts"

const WIDTH = 104
const HEIGHT = 26

export const Sparkline = ({ counts }: { readonly counts: ReadonlyArray<number> }) => {
  const shape = spark(counts, WIDTH, HEIGHT)
  if (shape === undefined) return null
  const label = `Messages at the latest ${counted(counts.length, "point")}: from ${count(Math.min(...counts))} to ${count(Math.max(...counts))}`
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path class="spark-area" d={shape.area} />
      <path class="spark-line" d={shape.line} />
      <circle class="spark-end" cx={shape.endX} cy={shape.endY} r="1.8" />
    </svg>
  )
}
