/**
 * A process: what Kafka's client for Node can do at most on one thread. kafkajs hands over batches,
 * every value is parsed as JSON, and nothing else is done. Ends when all records of both topics
 * have been seen, and prints how many there were and when the last came.
 */
import kafkajs from "kafkajs"
import { registerCodecs } from "../../src/source/kafka/Codecs.ts"
import { quietNegativeTimeouts } from "../../src/source/kafka/NegativeTimeouts.ts"

const given = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

registerCodecs()
quietNegativeTimeouts()

const topics = [given("CHAT_TOPIC"), given("VIEWER_TOPIC")]
const kafka = new kafkajs.Kafka({
  brokers: given("KAFKA_BOOTSTRAP_SERVERS").split(","),
  logLevel: kafkajs.logLevel.ERROR
})
const admin = kafka.admin()
await admin.connect()
let missing = 0
for (const topic of topics) {
  for (const { high, low } of await admin.fetchTopicOffsets(topic)) missing += Number(high) - Number(low)
}
await admin.disconnect()

const consumer = kafka.consumer({ groupId: given("KAFKA_GROUP_ID") })
await consumer.connect()
await consumer.subscribe({ topics, fromBeginning: true })

let records = 0
let streams = 0
await new Promise<void>((resolve, reject) => {
  consumer
    .run({
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) {
          const event: unknown = JSON.parse(value?.toString() ?? "null")
          if (typeof event === "object" && event !== null && "stream_id" in event) streams++
        }
        records += batch.messages.length
        missing -= batch.messages.length
        if (missing <= 0) resolve()
      }
    })
    .catch(reject)
})
const lastMs = Date.now()
process.stdout.write(`${JSON.stringify({ records, streams, lastMs })}\n`)
await consumer.disconnect()
