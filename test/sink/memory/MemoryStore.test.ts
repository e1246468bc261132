import { Effect, Layer } from "effect"
import * as MemoryStore from "../../../src/sink/memory/MemoryStore.ts"
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

suite("memory", Layer.empty, Layer.provideMerge(tables, MemoryStore.layer))
