/**
 * What the process answers to whoever started it. Above 2 the codes are those of BSD's sysexits.h, so that supervisors can tell "start me again" from "a person is needed".
 */
import { Cause, Exit, type Runtime } from "effect"

export const ExitCode = {
  ok: 0,
  /** A defect of the worker itself. */
  crash: 1,
  /** Of a comparison, as `diff` has it: there are differences that nothing explains. */
  differences: 1,
  /** Wrong use of the command line. */
  usage: 2,
  /** EX_DATAERR: data that can't be read, in the log or in a checkpoint. */
  data: 65,
  /** EX_NOINPUT: what was asked for is not there. */
  notFound: 66,
  /** EX_UNAVAILABLE: Kafka or PostgreSQL does not answer. */
  unavailable: 69,
  /** EX_CANTCREAT: the data folder is in use, or can't be written. */
  dataFolder: 73,
  /** EX_IOERR: the reader of the worker's output has closed its pipe. */
  output: 74,
  /** EX_NOPERM: credentials refused, or rights missing. */
  permission: 77,
  /** EX_CONFIG: the configuration, or topics and tables that do not fit it. */
  config: 78,
  /** As a shell has it for SIGINT: a command that has an end was ended before it. */
  interrupted: 130
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

const byTag = new Map<string, ExitCode>([
  ["ConfigurationError", ExitCode.config],
  ["EnvFileError", ExitCode.config],
  ["ListenError", ExitCode.config],
  ["StalledError", ExitCode.unavailable],
  ["EmbeddedPostgresError", ExitCode.dataFolder],
  ["NotFoundError", ExitCode.notFound],
  ["NothingAcceptedError", ExitCode.data],
  // What effect/cli says of arguments it can't take.
  ["UnrecognizedOption", ExitCode.usage],
  ["DuplicateOption", ExitCode.usage],
  ["MissingOption", ExitCode.usage],
  ["MissingArgument", ExitCode.usage],
  ["UnexpectedArgument", ExitCode.usage],
  ["InvalidValue", ExitCode.usage],
  ["UnknownSubcommand", ExitCode.usage],
  ["ValidationError", ExitCode.usage]
])

const byReason = new Map<string, ExitCode>([
  ["Unreachable", ExitCode.unavailable],
  ["Revoked", ExitCode.unavailable],
  ["Fenced", ExitCode.unavailable],
  ["Unauthorized", ExitCode.permission],
  ["Refused", ExitCode.permission],
  ["Topics", ExitCode.config],
  ["MissingTopics", ExitCode.config],
  ["Schema", ExitCode.config],
  ["NotInstalled", ExitCode.config],
  ["Settings", ExitCode.config],
  ["Inputs", ExitCode.config],
  ["Unreadable", ExitCode.data],
  ["BatchTooLarge", ExitCode.data],
  ["OffsetOutOfRange", ExitCode.data],
  ["Checkpoint", ExitCode.data]
])

const partOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined

const codeOf = (value: unknown): ExitCode => Object.values(ExitCode).find((code) => code === value) ?? ExitCode.crash

/** The code for what a program failed with: by the reason of a tagged error, else by its tag. Anything else is a crash. */
export const exitCodeOf = (error: unknown): ExitCode => {
  const tag = partOf(error, "_tag")
  if (tag === "ShowHelp") {
    // Asked for, it is an answer; with errors it is a complaint.
    const errors = partOf(error, "errors")
    return Array.isArray(errors) && errors.length > 0 ? ExitCode.usage : ExitCode.ok
  }
  // What a worker thread failed with, or would.
  if (tag === "ThreadError" || tag === "DoctorError") return codeOf(partOf(error, "exitCode"))
  // The command line's wrapping of what a command failed with.
  if (tag === "UserError") return exitCodeOf(partOf(error, "cause"))
  const reason = partOf(error, "reason")
  return (typeof tag === "string" ? (byReason.get(String(reason)) ?? byTag.get(tag)) : undefined) ?? ExitCode.crash
}

/**
 * For `runMain`: an interruption (SIGTERM, SIGINT, SIGHUP, SIGQUIT) is how a worker ends, so after all was put away it is a success. A command whose end says more has set another code.
 */
export const teardown: Runtime.Teardown = (exit, onExit) => {
  if (Exit.isSuccess(exit)) return onExit(Number(process.exitCode ?? ExitCode.ok))
  if (Cause.hasInterruptsOnly(exit.cause)) return onExit(Number(process.exitCode ?? ExitCode.ok))
  return onExit(exitCodeOf(Cause.squash(exit.cause)))
}
