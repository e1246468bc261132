import { Effect, Layer } from "effect"
import * as MemoryStore from "../../../src/sink/memory/MemoryStore.ts"
import * as RepairTablesContract from "../../contract/RepairTablesContract.ts"
import { ResultTables, suite } from "../../contract/ResultStoreContract.ts"

const tables = Layer.effect(
  ResultTables,
  Effect.map(MemoryStore.MemoryTables, ({ baselines, deadLetters, gaps, moments, rows }) => ({
    rows,
    moments,
    baselines,
    deadLetters,
    gaps
  }))
)

const store = Layer.provideMerge(tables, MemoryStore.layer)

suite("memory", Layer.empty, store)
RepairTablesContract.suite("memory", Layer.empty, store)
