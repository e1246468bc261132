/** The settings that docs/PRODUCTION.md proposes, beside those that the worker is shipped with and those that tuned the Spark job, each under the load that it is meant for. */
import type { Case } from "../platform/Results.ts"
import { AS_SHIPPED, type Variant } from "../platform/Variant.ts"

export interface Contender {
  readonly name: string
  readonly workers: number
  readonly variant: Variant
}

export interface Purpose {
  readonly name: string
  readonly mode: Case["mode"]
  /** Of event time. */
  readonly minutes: number
  readonly contenders: ReadonlyArray<Contender>
}

const told = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `\`${name}=${value.includes(" ") ? `'${value}'` : value}\``)
    .join(", ")

const contender = (
  what: string,
  env: Readonly<Record<string, string>>,
  { workers = 1, ...known }: Partial<Variant> & { readonly workers?: number } = {}
): Contender => ({
  name: [what, told({ ...env, ...(workers === 1 ? {} : { WORKERS: String(workers) }) })].filter(Boolean).join(": "),
  workers,
  variant: { ...AS_SHIPPED, ...known, env }
})

const FEWER_ROWS = { SLIDE_DURATION: "30 seconds", PARTITION_BY: "day" }

const SOON = {
  WATERMARK_DELAY: "2 seconds",
  IDLE_TIMEOUT: "5 seconds",
  SLIDE_DURATION: "5 seconds",
  KAFKA_SESSION_TIMEOUT: "10 seconds"
}

export const PURPOSES: ReadonlyArray<Purpose> = [
  {
    name: "high volume",
    mode: "full",
    minutes: 6,
    contenders: [
      contender("as shipped", {}),
      contender("as for Spark", { TRIGGER_INTERVAL: "30 seconds", MAX_OFFSETS_PER_TRIGGER: "100000" }),
      contender("proposed", FEWER_ROWS, { slideMs: 30_000 }),
      contender("proposed", FEWER_ROWS, { slideMs: 30_000, workers: 2 })
    ]
  },
  {
    name: "low latency",
    mode: "live",
    minutes: 3,
    contenders: [
      contender("as shipped", {}),
      contender("as for Spark", { TRIGGER_INTERVAL: "200 milliseconds" }),
      contender("proposed", SOON, { slideMs: 5_000, watermarkDelayMs: 2_000 })
    ]
  }
]
