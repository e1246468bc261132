import { assert, it } from "@effect/vitest"
import type { FieldMaps } from "../../../src/domain/FieldMap.ts"
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
for (const [line, kind] of cases)
  it(`${line} is ${kind}`, () => assert.strictEqual(kindOf(Buffer.from(line), undefined), kind))

const fields = {
  chat: { text: "/body/text" },
  viewer: { stream: "/payload/room", viewers: "/payload/viewers" }
} as const

const sample = '{"stream_id":"s","timestamp":1,"viewer_count":7}'

const shaped: ReadonlyArray<readonly [line: string, fields: FieldMaps | undefined, kind: "chat" | "viewer"]> = [
  [JSON.stringify(sample), undefined, "viewer"],
  [`{"schema":null,"payload":${sample}}`, undefined, "viewer"],
  [`\0\0\0\0\u0007${sample}`, undefined, "viewer"],
  [sample, fields, "chat"],
  ['{"payload":{"room":"s","viewers":7}}', fields, "viewer"],
  ['{"schema":null,"payload":{"room":"s","viewers":7}}', fields, "viewer"],
  ['{"payload":{"viewers":7},"body":{"text":""}}', fields, "chat"],
  ['{"payload":{"viewers":7},"message":"m"}', fields, "viewer"],
  ['{"payload":[],"viewers":7}', fields, "chat"],
  ['{"counts":[3,7]}', { viewer: { viewers: "/counts/1" } }, "viewer"]
]
for (const [line, map, kind] of shaped)
  it(`${line} is ${kind} ${map === undefined ? "" : JSON.stringify(map)}`, () =>
    assert.strictEqual(kindOf(Buffer.from(line), map), kind))
