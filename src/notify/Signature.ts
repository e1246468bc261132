/**
 * Headers by the specification Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * `webhook-id` names the message, `webhook-timestamp` is the time of the attempt in seconds. With a
 * key, `webhook-signature` is `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.
 */
import { createHmac } from "node:crypto"
import { Redacted } from "effect"

/** `secret`: base64, with or without the prefix `whsec_`. `undefined` = no signature. */
export const headersOf = (
  id: string,
  nowMs: number,
  body: string,
  secret: Redacted.Redacted | undefined
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(nowMs / 1000))
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp }
  if (secret === undefined) return headers
  const key = Buffer.from(Redacted.value(secret).replace(/^whsec_/, ""), "base64")
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")
  return { ...headers, "webhook-signature": `v1,${signature}` }
}
