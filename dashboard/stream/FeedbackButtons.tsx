/** Buttons for a verdict on a moment. A second click takes it back. */
import { useState } from "preact/hooks"
import { failureText, send } from "../api/Change.ts"
import type { MomentItem } from "../api/Wire.ts"

type Verdict = NonNullable<MomentItem["feedback"]>

const VERDICTS: ReadonlyArray<readonly [Verdict, string]> = [
  ["good", "A good one"],
  ["not", "Not a moment"]
]

export const FeedbackButtons = ({ feedback, id }: Pick<MomentItem, "feedback" | "id">) => {
  /** The verdict since this page opened the moment; `undefined` = as loaded. */
  const [set, setSet] = useState<{ readonly id: string; readonly verdict: Verdict | null }>()
  const [failure, setFailure] = useState("")
  const current = set?.id === id ? set.verdict : feedback
  const choose = async (verdict: Verdict): Promise<void> => {
    const next = verdict === current ? null : verdict
    try {
      const path = `/moments/${id}/feedback`
      await (next === null ? send("DELETE", path, {}) : send("PUT", path, {}, { verdict: next }))
      setSet({ id, verdict: next })
      setFailure("")
    } catch (cause) {
      setFailure(failureText(cause))
    }
  }
  return (
    <div class="feedback" role="group" aria-label="Your verdict">
      {VERDICTS.map(([verdict, label]) => (
        <button
          key={verdict}
          type="button"
          class="button"
          aria-pressed={verdict === current}
          onClick={() => void choose(verdict)}
        >
          {label}
        </button>
      ))}
      {failure === "" ? null : <p role="alert">{failure}</p>}
    </div>
  )
}
