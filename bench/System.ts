/** A measured program: its command and its table of rows. */
import { Data, type Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Program } from "./Meter.ts"

/** The servers, topics and schema of one run. */
export interface Place {
  readonly bootstrap: string
  readonly group: string
  readonly topics: { readonly chat: string; readonly viewer: string }
  readonly postgres: {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly user: string
    readonly password: string
  }
  readonly schema: string
  /** For its files. */
  readonly folder: string
  /** Records in both topics. */
  readonly records: number
}

/** A system cannot run on this machine. */
export class Unavailable extends Data.TaggedError("Unavailable")<{ readonly why: string }> {}

export interface System {
  /** A short name, for figures and for `--only`. */
  readonly id: string
  /** A `limit` is no system, but an upper bound. */
  readonly kind: "ours" | "peer" | "limit"
  readonly name: string
  /** The settings that a reader needs to repeat the run. */
  readonly settings: string
  /** The work of the other systems that this one does not do; empty if it does all. */
  readonly without: string
  /** Downloads and builds. If it fails, the benchmark runs without the system. */
  readonly prepare: Effect.Effect<void, Unavailable>
  /** The table with its rows; `undefined` if it writes none. */
  readonly table: string | undefined
  /** Statements that create its tables, if it does not create them itself. */
  readonly ddl: (schema: string) => ReadonlyArray<string>
  readonly program: (place: Place) => Program
  /**
   * True when everything is read and committed: the program then receives SIGTERM. `undefined` if
   * the program ends by itself.
   */
  readonly isDone: ((place: Place) => Effect.Effect<boolean, SqlError, SqlClient>) | undefined
  /** The time of its last record, from its output. Only for programs that write no rows. */
  readonly lastMs: ((output: string) => number) | undefined
}
