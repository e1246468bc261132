/** The formats of the worker's log: lines for people, or one JSON object per line for machines. */
import { inspect } from "node:util"
import { Cause, Console, Formatter, Layer, Logger, References } from "effect"
import { escapeControls } from "../domain/EscapeControls.ts"

/** The settings LOG_LEVEL, LOG_FORMAT and DEV_MODE. */
export interface LogSettings {
  readonly level: "Trace" | "Debug" | "Info" | "Warn" | "Error" | "Fatal" | "None"
  readonly format: "pretty" | "json"
  /** Whether the pretty format prints failures with their stacks and causes. */
  readonly stacks: boolean
}

/**
 * The log with the level and format of the settings. It goes to standard output, or to standard
 * error if `Logger.LogToStderr` is set (commands whose output is their result). Both formats keep
 * redacted values redacted.
 */
export const layer = (log: LogSettings): Layer.Layer<never> =>
  Layer.merge(
    Logger.layer([toConsole(log.format === "json" ? Logger.formatJson : prettyWith(log.stacks))]),
    Layer.succeed(References.MinimumLogLevel, log.level)
  )

const toConsole = (logger: Logger.Logger<unknown, string>): Logger.Logger<unknown, void> =>
  Logger.make((options) => {
    const console = options.fiber.getRef(Console.Console)
    const line = logger.log(options)
    if (options.fiber.getRef(Logger.LogToStderr)) console.error(line)
    else console.log(line)
  })

/**
 * Writes `time level message key=value`, the time in UTC. Untrusted text cannot forge a line, move
 * the cursor or change the direction of writing. Lines after the first are indented, and other
 * control characters are escaped. With `stacks` a failure includes its stack and its causes.
 */
const prettyWith = (stacks: boolean): Logger.Logger<unknown, string> =>
  Logger.make(({ cause, date, fiber, logLevel, message }) => {
    const parts = [date.toISOString(), logLevel.toUpperCase().padEnd(5)]
    for (const piece of Array.isArray(message) ? message : [message]) {
      parts.push(typeof piece === "string" ? inline(piece) : shortValue(piece))
    }
    for (const [key, value] of Object.entries(fiber.getRef(References.CurrentLogAnnotations))) {
      parts.push(`${escapeControls(key)}=${shortValue(value)}`)
    }
    const lines = cause.reasons.map((reason) => `\n    ${inline(describe(reason, stacks))}`)
    return parts.join(" ") + lines.join("")
  })

/** The pretty format without stacks. */
export const pretty = prettyWith(false)

/**
 * A failure by its message, which addresses operators; a defect by its stack, which addresses
 * developers.
 */
const describe = (reason: Cause.Reason<unknown>, stacks: boolean): string => {
  if (Cause.isInterruptReason(reason)) return "interrupted"
  const error = Cause.isFailReason(reason) ? reason.error : reason.defect
  if (!(error instanceof Error)) return shortValue(error)
  if (stacks) return inspect(error)
  if (Cause.isDieReason(reason)) return error.stack ?? String(error)
  return error.message === "" ? error.name : error.message
}

const inline = (text: string): string => text.split("\n").map(escapeControls).join("\n    ")

const shortValue = (value: unknown): string => {
  if (typeof value === "bigint") return String(value)
  if (typeof value === "string" && /^[^\s"=]+$/.test(value)) return escapeControls(value)
  return escapeControls(Formatter.formatJson(value))
}
