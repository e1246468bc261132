import { createRequire } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Responses } from "../../../src/source/kafka/Responses.ts"

const internal = createRequire(import.meta.resolve("kafkajs"))

interface Connection {
  readonly processData: (piece: Buffer) => void
  requestQueue: { readonly fulfillRequest: (response: { readonly payload: Buffer }) => void }
}
const ConnectionClass: new (options: object) => Connection = internal("./src/network/connection")

const CORRELATION_BYTES = 4
const SMALL = 16 * 1024

/** The bytes of a response as a broker sends it. */
const response = (fill: number, payloadBytes: number): Buffer => {
  const sent = Buffer.alloc(4 + CORRELATION_BYTES + payloadBytes, fill)
  sent.writeInt32BE(CORRELATION_BYTES + payloadBytes)
  return sent
}

/** Lets bytes arrive in pieces of at most these sizes, in turn. */
const arrive = (responses: Responses, sent: Buffer, sizes: ReadonlyArray<number>): void => {
  let at = 0
  for (let turn = 0; at < sent.length; turn++) {
    const { target } = responses
    const bytes = Math.min(target.length, sizes[turn % sizes.length] ?? 1, sent.length - at)
    sent.copy(target, 0, at, at + bytes)
    responses.arrived(bytes)
    at += bytes
  }
}

/** The payloads that a connection of kafkajs reads from these responses, kept until the end. */
const payloadsOf = (sent: Buffer, sizes: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const payloads: Array<Buffer> = []
  const connection = new ConnectionClass({ logger: { namespace: () => ({}) } })
  connection.requestQueue = { fulfillRequest: ({ payload }) => payloads.push(payload) }
  arrive(new Responses((piece) => connection.processData(piece)), sent, sizes)
  return payloads
}

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("the responses of a connection", () => {
  it.prop(
    "reach kafkajs whole, and later ones do not change them",
    [
      Schema.Array(between(0, 2.5 * SMALL)).check(Schema.isMaxLength(6)),
      Schema.NonEmptyArray(between(1, 2 * SMALL)).check(Schema.isMaxLength(4))
    ],
    ([lengths, sizes]) => {
      const sent = lengths.map((bytes, index) => response(index + 1, bytes))
      const payloads = payloadsOf(Buffer.concat(sent), sizes)
      assert.deepStrictEqual(
        payloads.map((payload) => payload.toString("latin1")),
        sent.map((bytes) => bytes.subarray(4 + CORRELATION_BYTES).toString("latin1"))
      )
    }
  )

  it("arrive in the same memory one after the other if they are large", () => {
    const bodies: Array<Buffer> = []
    const responses = new Responses((piece) => bodies.push(piece))
    for (const fill of [1, 2]) arrive(responses, response(fill, 2 * SMALL), [SMALL])
    assert.lengthOf(bodies, 4) // a size and a body each
    assert.strictEqual(bodies[1]?.buffer, bodies[3]?.buffer)
  })

  it("leave in one piece with memory of their own if they are small", () => {
    const pieces: Array<Buffer> = []
    const responses = new Responses((piece) => pieces.push(piece))
    for (const fill of [1, 2]) arrive(responses, response(fill, 3), [5])
    assert.deepStrictEqual(pieces, [response(1, 3), response(2, 3)])
  })

  it("take no more than 8 MiB before their bytes arrive, whatever size they claim", () => {
    const responses = new Responses(() => {})
    arrive(responses, Buffer.from("HTTP"), [4])
    assert.isAtMost(responses.target.length, 8 * 1024 * 1024)
  })

  it("may be larger than that", () => {
    const sent = response(7, 20 * 1024 * 1024)
    const [payload] = payloadsOf(sent, [1024 * 1024])
    assert.isTrue(payload?.equals(sent.subarray(4 + CORRELATION_BYTES)))
  })
})
