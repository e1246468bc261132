/**
 * kafkajs 2.2.4 sets timers with a negative delay, of which Node 24 warns on the terminal. Harmless: such a timer fires after 1 ms, as it
 * always did. This keeps that one warning away, and only where kafkajs is its cause.
 */
let quiet = false

/** May be called any number of times; changes `process.emitWarning` once. */
export const quietNegativeTimeouts = (): void => {
  if (quiet) return
  quiet = true
  const emitWarning = process.emitWarning
  process.emitWarning = function (...args: [unknown, ...Array<unknown>]): void {
    const fromKafkajs = args[1] === "TimeoutNegativeWarning" && (new Error().stack ?? "").includes("kafkajs")
    if (!fromKafkajs) Reflect.apply(emitWarning, process, args)
  }
}
