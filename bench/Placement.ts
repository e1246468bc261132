/** Where Kafka's default partitioner puts keys. */
import kafkajs from "kafkajs"

/** The partition of a key, of so many. */
export const placement = (partitions: number): ((key: string) => number) => {
  const place = kafkajs.Partitioners.DefaultPartitioner()
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: []
  }))
  return (key) => place({ topic: "", partitionMetadata, message: { key, value: null } })
}
