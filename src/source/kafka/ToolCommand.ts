/** Complete commands of Kafka's own tools for messages, so that an operator can paste them. */
import type { KafkaConfig } from "../../config/AppConfig.ts"

/**
 * The beginning of a tool's command, with the brokers. If they require TLS or a login, the command
 * names client.properties, the file with both for Kafka's tools. Secrets never appear.
 */
export const toolCommand = (
  tool: "kafka-topics" | "kafka-transactions",
  { bootstrapServers, securityProtocol }: Pick<KafkaConfig, "bootstrapServers" | "securityProtocol">
): string =>
  `${tool}.sh --bootstrap-server ${bootstrapServers.join(",")}${securityProtocol === "PLAINTEXT" ? "" : " --command-config client.properties"}`
