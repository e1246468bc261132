/**
 * The exit codes of the process. Codes above 2 are those of BSD's sysexits.h. They let a supervisor
 * distinguish failures that a restart may fix from those that need an operator. Each error class
 * carries its code under `Runtime.errorExitCode`.
 */
export const ExitCode = {
  ok: 0,
  /** A defect of the worker. */
  crash: 1,
  /** A comparison found unexplained differences; `diff` uses the same code. */
  differences: 1,
  /** Invalid arguments. */
  usage: 2,
  /** EX_DATAERR: unreadable data in the log, in a file or in a checkpoint. */
  data: 65,
  /** EX_NOINPUT: the requested object does not exist. */
  notFound: 66,
  /** EX_UNAVAILABLE: Kafka or PostgreSQL does not reply. */
  unavailable: 69,
  /** EX_CANTCREAT: the data folder is in use or not writable. */
  dataFolder: 73,
  /** EX_IOERR: the reader of the worker's output closed its pipe. */
  output: 74,
  /** EX_NOPERM: credentials rejected, or rights missing. */
  permission: 77,
  /** EX_CONFIG: invalid configuration, or topics and tables that do not match it. */
  config: 78,
  /** A bounded command was interrupted; shells report SIGINT with the same code. */
  interrupted: 130
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]
