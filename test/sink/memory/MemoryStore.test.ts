import { Effect, Layer } from "effect"
import * as MemoryStore from "../../../src/sink/memory/MemoryStore.ts"
import * as NotificationsContract from "../../contract/NotificationsContract.ts"
import * as RepairTablesContract from "../../contract/RepairTablesContract.ts"
import { ResultTables, suite } from "../../contract/ResultStoreContract.ts"

const tables = Layer.effect(
  ResultTables,
  Effect.map(MemoryStore.MemoryTables, (tables) => ({
    ...tables,
    notifications: Effect.map(tables.notifications, (all) =>
      all.map(({ flush, id, moment, sourcePartition, target }) => {
        const { metadata: _, ...rest } = moment
        return { target, id, sourcePartition, flush, ...rest }
      })
    )
  }))
)

const store = Layer.provideMerge(tables, MemoryStore.layer)

suite("memory", Layer.empty, store)
RepairTablesContract.suite("memory", Layer.empty, store)
NotificationsContract.suite("memory", Layer.empty, (notify) =>
  Layer.provideMerge(tables, MemoryStore.notifying(notify))
)
