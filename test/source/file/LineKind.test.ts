import { assert, it } from "@effect/vitest"
import { kindOf } from "../../../src/source/file/LineKind.ts"

const cases: ReadonlyArray<readonly [string, "chat" | "viewer"]> = [
  ['{"stream_id":"s","timestamp":1,"viewer_count":7}', "viewer"],
  ['{"stream_id":"s","timestamp":1,"viewer_count" : 7,"message":null}', "viewer"],
  [String.raw`{"stream_id":"s","viewer\u005fcount":7}`, "viewer"],
  ['{"stream_id":"s","user_id":"u","message":"viewer_count"}', "chat"],
  [String.raw`{"stream_id":"s","user_id":"u","message":"\"viewer_count\":7"}`, "chat"],
  ['{"stream_id":"s","user_id":"u","message":"m","viewer_count":7}', "chat"],
  ['{"stream_id":"s","user_id":"u","message":"m","meta":{"viewer_count":7}}', "chat"],
  ['{"stream_id":"s","viewer_count":null}', "chat"],
  ['[{"viewer_count":7}]', "chat"],
  ['{"viewer_count":7', "chat"],
  ["", "chat"]
]
for (const [line, kind] of cases) it(`${line} is ${kind}`, () => assert.strictEqual(kindOf(Buffer.from(line)), kind))
