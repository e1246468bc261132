/**
 * A connection to the leader of every partition, for Kafka's Produce request, version 3. Several
 * requests may be in flight.
 */
import { once } from "node:events"
import { connect, type Socket } from "node:net"

export interface PartitionBatch {
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

const PRODUCE = 0
const VERSION = 3
const ALL_IN_SYNC = -1
const TIMEOUT_MS = 30_000
const CLIENT = Buffer.from("platform")

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class ProduceConnection {
  readonly #socket: Socket
  /** Responses arrive in the order of the requests. */
  readonly #waiting: Array<Waiting> = []
  #received = Buffer.alloc(0)
  #sent = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => this.#receive(chunk))
    socket.on("close", () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("the broker has closed the connection"))
    })
  }

  /** To host:port. */
  static async open(bootstrap: string): Promise<ProduceConnection> {
    const [host, port] = bootstrap.split(":")
    const socket = connect({ host: host ?? "", port: Number(port) })
    await once(socket, "connect")
    return new ProduceConnection(socket)
  }

  /** Resolves when all batches are in the log. */
  append(batches: ReadonlyArray<PartitionBatch>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(encode(this.#sent++, batches))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      const code = firstError(this.#received.subarray(8, end))
      this.#received = this.#received.subarray(end)
      const waiting = this.#waiting.shift()
      if (code === 0) waiting?.resolve()
      else waiting?.reject(new Error(`the broker refused a batch with error code ${code}`))
    }
  }
}

const encode = (correlation: number, batches: ReadonlyArray<PartitionBatch>): Buffer => {
  const parts: Array<Buffer> = []
  const head = Buffer.alloc(20 + CLIENT.length + 6)
  let at = 4
  at = head.writeInt16BE(PRODUCE, at)
  at = head.writeInt16BE(VERSION, at)
  at = head.writeInt32BE(correlation, at)
  at = head.writeInt16BE(CLIENT.length, at)
  at += CLIENT.copy(head, at)
  at = head.writeInt16BE(-1, at) // no transaction
  at = head.writeInt16BE(ALL_IN_SYNC, at)
  at = head.writeInt32BE(TIMEOUT_MS, at)
  const byTopic = Map.groupBy(batches, ({ topic }) => topic)
  at = head.writeInt32BE(byTopic.size, at)
  parts.push(head.subarray(0, at))
  for (const [topic, ofTopic] of byTopic) {
    const name = Buffer.from(topic)
    const opening = Buffer.alloc(2 + name.length + 4)
    opening.writeInt16BE(name.length, 0)
    name.copy(opening, 2)
    opening.writeInt32BE(ofTopic.length, 2 + name.length)
    parts.push(opening)
    for (const { batch, partition } of ofTopic) {
      const place = Buffer.alloc(8)
      place.writeInt32BE(partition, 0)
      place.writeInt32BE(batch.length, 4)
      parts.push(place, batch)
    }
  }
  const request = Buffer.concat(parts)
  request.writeInt32BE(request.length - 4, 0)
  return request
}

/** The first error code of a response: 0 if no partition failed. */
const firstError = (answer: Buffer): number => {
  let at = 4
  for (let topics = answer.readInt32BE(0); topics > 0; topics--) {
    at += 2 + answer.readInt16BE(at)
    let partitions = answer.readInt32BE(at)
    at += 4
    for (; partitions > 0; partitions--) {
      const code = answer.readInt16BE(at + 4)
      if (code !== 0) return code
      at += 4 + 2 + 8 + 8 // number, code, base offset, append time
    }
  }
  return 0
}
