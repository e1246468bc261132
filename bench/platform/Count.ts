/**
 * Whether the tables hold what was produced: messages of each window, and a row of every stream in
 * each window that lies within the load.
 */
import type { Commit } from "./Tables.ts"
import type { Produced } from "./ProducerMessages.ts"
import type { Variant } from "./Variant.ts"

export interface Counted {
  /** Messages in windows that do not overlap. */
  readonly chats: number
  /** That many of these windows were compared. */
  readonly windows: number
  /** Windows of any start that lie within the load, each with a row of every stream. */
  readonly wholeRows: number
  readonly differences: ReadonlyArray<string>
}

const time = (ms: number): string => new Date(ms).toISOString()

export const count = (
  commits: ReadonlyArray<Commit>,
  { chats, chatsPerSlide }: Pick<Produced, "chats" | "chatsPerSlide">,
  { sizeMs, slideMs }: Variant,
  { fromMs, streams, toMs }: { readonly fromMs: number; readonly toMs: number; readonly streams: number }
): Counted => {
  const found = new Map<number, { rows: number; chats: number }>()
  for (const { chats, endMs, rows } of commits) {
    const window = found.get(endMs) ?? { rows: 0, chats: 0 }
    found.set(endMs, { rows: window.rows + rows, chats: window.chats + chats })
  }
  const produced = new Map<number, number>()
  for (const [startMs, messages] of chatsPerSlide) {
    const endMs = Math.floor(startMs / sizeMs) * sizeMs + sizeMs
    produced.set(endMs, (produced.get(endMs) ?? 0) + messages)
  }
  const differences: Array<string> = []
  let sum = 0
  for (const [endMs, messages] of produced) {
    const have = found.get(endMs)?.chats ?? 0
    sum += have
    if (have !== messages) differences.push(`window up to ${time(endMs)}: ${have} messages, not ${messages}`)
  }
  if (sum !== chats) differences.push(`${sum} messages in all, not ${chats}`)
  let wholeRows = 0
  for (let endMs = Math.ceil(fromMs / slideMs) * slideMs + sizeMs; endMs <= toMs; endMs += slideMs) {
    const rows = found.get(endMs)?.rows ?? 0
    wholeRows += rows
    if (rows !== streams) differences.push(`window up to ${time(endMs)}: ${rows} rows, not ${streams}`)
  }
  return { chats: sum, windows: produced.size, wholeRows, differences }
}
