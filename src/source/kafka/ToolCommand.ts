/** Commands of Kafka's own tools in messages: complete, so that an operator can paste them. */
import type { KafkaConfig } from "../../config/AppConfig.ts"

/**
 * The beginning of a tool's command, with the brokers. If they ask for TLS or a login, the command names client.properties, the file in which Kafka's tools expect both; secrets never appear.
 */
export const toolCommand = (
  tool: "kafka-topics" | "kafka-transactions",
  { bootstrapServers, securityProtocol }: Pick<KafkaConfig, "bootstrapServers" | "securityProtocol">
): string =>
  `${tool}.sh --bootstrap-server ${bootstrapServers.join(",")}${securityProtocol === "PLAINTEXT" ? "" : " --command-config client.properties"}`
