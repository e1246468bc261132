/** Recorded chat: NDJSON in gzip, one channel a file, in the worker's own format. */
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { chat, sample } from "../harness/Events.ts"
import { inOrder, type Scene } from "./Scene.ts"

interface Line {
  readonly stream_id: string
  readonly timestamp: number
  readonly user_id: string
  readonly message: string
  readonly viewer_count?: number
}

export const readChannel = (path: string, name: string): Scene => {
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split("\n")
  const events = lines.map((line) => {
    const event = JSON.parse(line) as Line // the fixture's format is known
    return event.viewer_count === undefined
      ? chat(event.stream_id, event.timestamp, event.user_id, event.message)
      : sample(event.stream_id, event.timestamp, event.viewer_count)
  })
  return { name, events: inOrder(events), truths: [] }
}
