/**
 * kafkajs's fetch with our own decoder of the response. kafkajs looks up a pair of `request` (which
 * encodes itself) and `response` (which decodes the payload) by the version that the broker
 * supports. Its own decoder costs many times as much (docs/adr/0003-own-fetch-loop.md).
 */
import type { Broker } from "kafkajs"
import { decodeFetchResponse, type FetchResponse, isReadable } from "./FetchResponse.ts"

/** A request of kafkajs, built from its options. */
interface Protocol {
  readonly request: { readonly apiVersion: number }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<unknown>
    /** Throws if the decoded response holds an error. */
    readonly parse: (decoded: unknown) => Promise<unknown>
  }
}

type Lookup = (apiKey: number, definitions: unknown) => (options: unknown) => Protocol

/**
 * `Broker.fetch` in all but decoding: the order of partitions, the connection, timeouts,
 * throttling, the errors of partitions.
 */
export const fetchFrom = (broker: Broker, options: Parameters<Broker["fetch"]>[0]): Promise<FetchResponse> => {
  const lookup: unknown = Reflect.get(broker, "lookupRequest")
  if (!isLookup(lookup)) throw new Error("Unsupported kafkajs version: its brokers have no `lookupRequest`")
  const lookupOurs: Lookup = (apiKey, definitions) => (given) => {
    const protocol = lookup(apiKey, definitions)(given)
    const { apiVersion } = protocol.request
    if (!isReadable(apiVersion)) {
      throw new Error(`the broker supports only version ${apiVersion} of the Fetch API; use Kafka 1.0 or later`)
    }
    const decode = async (payload: Buffer): Promise<FetchResponse> => decodeFetchResponse(apiVersion, payload)
    return { ...protocol, response: { ...protocol.response, decode } }
  }
  const ours: Broker = Object.create(broker, { lookupRequest: { value: lookupOurs } })
  return ours.fetch(options)
}

const isLookup = (value: unknown): value is Lookup => typeof value === "function"
