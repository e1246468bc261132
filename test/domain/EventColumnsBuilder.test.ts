import { assert, describe, it } from "@effect/vitest"
import type { EventColumns } from "../../src/domain/EventColumns.ts"
import {
  EMOTE,
  STREAM_END,
  STREAM_START,
  TEXT_END,
  TEXT_START,
  USER_END,
  USER_START
} from "../../src/domain/EventColumns.ts"
import { EventColumnsBuilder } from "../../src/domain/EventColumnsBuilder.ts"
import { chat } from "../harness/Events.ts"

const BYTES = Buffer.from("bytes of a batch")

/** Decodes a batch of messages into the arrays of a released one, if there is one. */
const columnsOf = (texts: ReadonlyArray<string>, baseOffset: bigint): EventColumns => {
  const builder = EventColumnsBuilder.reusing(texts.length, baseOffset, BYTES)
  for (const [index, text] of texts.entries()) {
    builder.add(chat(`stream ${text}`, index, `user ${text}`, text, [text]), baseOffset + BigInt(index), index)
  }
  return builder.done()
}

const textOf = (events: EventColumns, event: number, start: number, end: number): string =>
  Buffer.from(events.bytes.subarray(events.of(event, start), events.of(event, end))).toString()

const messagesOf = (events: EventColumns) =>
  Array.from({ length: events.count }, (_, event) => [
    events.offsetAt(event),
    textOf(events, event, STREAM_START, STREAM_END),
    textOf(events, event, USER_START, USER_END),
    textOf(events, event, TEXT_START, TEXT_END)
  ])

const expected = (texts: ReadonlyArray<string>, baseOffset: bigint) =>
  texts.map((text, index) => [baseOffset + BigInt(index), `stream ${text}`, `user ${text}`, text])

describe("columns of events", () => {
  it("use the arrays of released columns, and hold only their own events", () => {
    const first = columnsOf(["a", "b", "c"], 5n)
    first.release()
    const second = columnsOf(["d"], 90n)
    assert.strictEqual(second.events, first.events)
    assert.strictEqual(second.bytes, first.bytes)
    assert.deepStrictEqual(messagesOf(second), expected(["d"], 90n))
    second.release()
    const more = Array.from({ length: 100 }, (_, index) => `message ${index}`)
    const third = columnsOf(more, 1000n)
    assert.deepStrictEqual(messagesOf(third), expected(more, 1000n))
    assert.isAtLeast(third.emotes.length, EMOTE * 100)
  })

  it("share no array until they are released", () => {
    const first = columnsOf(["a", "b"], 0n)
    const second = columnsOf(["c", "d"], 2n)
    assert.deepStrictEqual(messagesOf(first), expected(["a", "b"], 0n))
    assert.deepStrictEqual(messagesOf(second), expected(["c", "d"], 2n))
    first.release()
    second.release()
    const both = [columnsOf(["e"], 4n), columnsOf(["f"], 5n)]
    assert.deepStrictEqual(both.map(messagesOf), [expected(["e"], 4n), expected(["f"], 5n)])
  })
})
