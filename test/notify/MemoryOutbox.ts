/** The outbox in memory, by the rules of table `notifications` and the clock of the test. */
import { Clock, Effect, Layer } from "effect"
import type { Message } from "../../src/notify/Message.ts"
import { type Claimed, Outbox } from "../../src/notify/Outbox.ts"

interface Row {
  readonly target: string
  readonly message: Message
  dueMs: number
  attempts: number
}

/** The rows, which tests fill and read. */
export class Rows {
  readonly all: Array<Row> = []

  add(target: string, message: Message): void {
    this.all.push({ target, message, dueMs: 0, attempts: 0 })
  }

  idsOf(target: string): ReadonlyArray<string> {
    return this.all.filter((row) => row.target === target).map(({ message }) => message.id)
  }

  remove(gone: (row: Row) => boolean): number {
    const left = this.all.filter((row) => !gone(row))
    return this.all.splice(0, this.all.length, ...left).length - left.length
  }
}

const isOld = ({ message }: Row, maxAgeMs: number): boolean => message.endedAtMs < message.createdAtMs - maxAgeMs

export const layer = (rows: Rows): Layer.Layer<Outbox> =>
  Layer.succeed(Outbox, {
    claim: (target, { leaseMs, maxAgeMs, most }) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) =>
        rows.all
          .filter((row) => row.target === target && row.dueMs <= nowMs && !isOld(row, maxAgeMs))
          .slice(0, most)
          .map((row): Claimed => {
            row.dueMs = nowMs + leaseMs
            return { ...row.message, attempts: ++row.attempts }
          })
      ),
    settle: (target, settlements) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        for (const one of settlements) {
          const isIt = (row: Row): boolean => row.target === target && row.message.id === one.message.id
          if (one._tag !== "Retry") rows.remove(isIt)
          for (const row of rows.all) if (one._tag === "Retry" && isIt(row)) row.dueMs = nowMs + one.afterMs
        }
      }),
    sweep: (target, { backlog, maxAgeMs }) =>
      Effect.sync(() => {
        const own = rows.all.filter((row) => row.target === target)
        const excess = new Set(own.slice(0, Math.max(0, own.length - backlog)))
        return {
          backlog: rows.remove((row) => excess.has(row)),
          old: rows.remove((row) => row.target === target && isOld(row, maxAgeMs)),
          expired: 0
        }
      }),
    waiting: (target) => Effect.sync(() => ({ count: rows.idsOf(target).length, oldestMs: 0 }))
  })
