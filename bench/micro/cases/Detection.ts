/** Rows judged against their streams' past. */
import type { Case } from "../Case.ts"
import { judgeByWholeHistory } from "../naive/WholeHistory.ts"
import { assertSame } from "../Same.ts"
import { detect, type SummaryRow } from "../Subject.ts"

export const detectionCase = (rows: ReadonlyArray<SummaryRow>, minutes: number): Case => ({
  name: "detect",
  unit: "row",
  count: rows.length,
  ours: { name: "anomaly/Detection", run: () => detect(rows) },
  naive: {
    name: `the stream's whole history (${minutes} minutes at the end) looked through for each value`,
    run: () => judgeByWholeHistory(rows)
  },
  assertEqual: () => {
    const ours = detect(rows)
    const naive = judgeByWholeHistory(rows)
    assertSame(ours.rows, naive.rows)
    assertSame(ours.moments, naive.moments)
  }
})
