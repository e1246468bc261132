/** A program that is measured: how it is run, and where its rows stand afterwards. */
import type { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Program } from "./Meter.ts"

/** Where the load stands and results go: fresh in each run. */
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
  /** For what it keeps on disk. */
  readonly folder: string
  /** Records in both topics. */
  readonly records: number
}

export interface System {
  /** Short, for figures and for `--only`. */
  readonly id: string
  /** `limit`: no system, but what one can reach at most. */
  readonly kind: "ours" | "peer" | "limit"
  readonly name: string
  /** What a reader must know to run it alike. */
  readonly settings: string
  /** What others do and it does not; empty where it does all. */
  readonly without: string
  /** What has to be there before it can run: downloads, builds. */
  readonly prepare: Effect.Effect<void>
  /** The table with its rows; `undefined` where it writes none. */
  readonly table: string | undefined
  /** Statements that make its tables, where it doesn't make them itself. */
  readonly ddl: (schema: string) => ReadonlyArray<string>
  readonly program: (place: Place) => Program
  /**
   * True once all is read and committed; it is then told to end. `undefined` where it ends by
   * itself.
   */
  readonly isDone: ((place: Place) => Effect.Effect<boolean, SqlError, SqlClient>) | undefined
  /** When it was done by its own word, from its output; only where it writes no rows. */
  readonly lastMs: ((output: string) => number) | undefined
}
