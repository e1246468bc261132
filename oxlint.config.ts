/** The lint: its rules, and which room (folder of src/) may import which. */
import { defineConfig, type OxlintOverride } from "oxlint"

interface Room {
  /** Path under src/. */
  readonly folder: string
  /** The other rooms that it may import. */
  readonly imports: ReadonlyArray<string>
  /** Packages that it may not import. */
  readonly without: ReadonlyArray<Pattern>
}

interface Pattern {
  readonly regex: string
  readonly message: string
}

const kafkajs: Pattern = { regex: "^kafkajs", message: "Only source/kafka imports kafkajs." }
const sqlPg: Pattern = {
  regex: "^@effect/sql-pg",
  message: "Only postgres, sink/postgres and query import @effect/sql-pg."
}
const ircv3: Pattern = { regex: "^(ircv3|@twurple|@d-fischer)", message: "Only collect/twitch imports ircv3." }
const io: Pattern = { regex: "^(node:|@effect/|kafkajs)", message: "This room does no I/O." }
const implementations: Pattern = {
  regex: "/(kafka|simulator|file|memory|postgres)/",
  message: "The pipeline knows services, not their implementations."
}

const CORE = ["domain", "decode", "reaction", "sentiment", "windowing", "broadcast", "anomaly"]
const SERVICES = ["retry", "config", "observability", "postgres", "source", "sink"]
const SOURCE = ["domain", "retry", "config", "observability"]
const COLLECT = ["domain", "retry", "config", "observability", "source"]
const SINK = ["domain", "retry", "config", "observability"]

/** From the lowest to the highest: a room imports only rooms before it. `cli/` and `main.ts` stand above and import everything. */
export const ROOMS: ReadonlyArray<Room> = [
  { folder: "domain", imports: [], without: [io] },
  { folder: "api", imports: ["domain"], without: [io] },
  { folder: "retry", imports: ["domain"], without: [kafkajs, sqlPg] },
  { folder: "kernel", imports: ["domain"], without: [io] },
  { folder: "decode", imports: ["domain", "kernel"], without: [io] },
  { folder: "reaction", imports: ["domain"], without: [io] },
  { folder: "sentiment", imports: ["domain"], without: [io] },
  { folder: "windowing", imports: ["domain", "reaction"], without: [io] },
  { folder: "broadcast", imports: ["domain"], without: [io] },
  { folder: "anomaly", imports: ["domain", "reaction", "broadcast"], without: [io] },
  { folder: "observability", imports: ["domain"], without: [kafkajs, sqlPg] },
  { folder: "config", imports: ["domain", "observability"], without: [kafkajs, sqlPg] },
  { folder: "terminal", imports: ["domain", "observability"], without: [kafkajs, sqlPg] },
  { folder: "postgres", imports: ["domain", "config"], without: [kafkajs] },
  { folder: "embedded", imports: ["domain", "config"], without: [kafkajs, sqlPg] },
  { folder: "source", imports: SOURCE, without: [kafkajs, sqlPg] },
  { folder: "source/kafka", imports: [...SOURCE, "source"], without: [sqlPg] },
  { folder: "source/local", imports: [...SOURCE, "source", "postgres"], without: [kafkajs, sqlPg] },
  { folder: "collect", imports: COLLECT, without: [kafkajs, sqlPg] },
  { folder: "collect/twitch", imports: [...COLLECT, "collect"], without: [kafkajs, sqlPg] },
  { folder: "sink", imports: SINK, without: [kafkajs, sqlPg] },
  { folder: "sink/postgres", imports: [...SINK, "sink", "postgres"], without: [kafkajs] },
  {
    folder: "notify",
    imports: ["domain", "retry", "config", "observability", "postgres"],
    without: [kafkajs, sqlPg]
  },
  {
    folder: "pipeline",
    imports: [...CORE, "retry", "observability", "source", "sink"],
    without: [io, implementations]
  },
  { folder: "query", imports: [...CORE, "api", "config", "observability", "postgres"], without: [kafkajs] },
  { folder: "http", imports: ["domain", "api", "config", "observability", "query"], without: [kafkajs, sqlPg] },
  {
    folder: "worker",
    imports: [...CORE, ...SERVICES, "terminal", "embedded", "pipeline", "query"],
    without: [kafkajs, sqlPg]
  },
  { folder: "replay", imports: [...CORE, ...SERVICES, "terminal", "pipeline", "worker"], without: [kafkajs, sqlPg] },
  { folder: "compare", imports: ["domain", "terminal", "postgres"], without: [kafkajs, sqlPg] },
  {
    folder: "doctor",
    imports: [...CORE, ...SERVICES, "terminal", "embedded", "http", "worker"],
    without: [kafkajs, sqlPg]
  },
  {
    folder: "cli",
    imports: [
      ...CORE,
      ...SERVICES,
      "terminal",
      "embedded",
      "pipeline",
      "api",
      "query",
      "http",
      "worker",
      "notify",
      "replay",
      "compare",
      "doctor",
      "collect"
    ],
    without: [kafkajs, sqlPg]
  }
]

const topFolders = [...new Set([...ROOMS.map(({ folder }) => folder.split("/")[0] ?? folder), "main"])]

/** Later overrides replace earlier ones for the same files, so a folder inside a room stands behind the room. */
const overrideOf = ({ folder, imports, without }: Room): OxlintOverride => {
  const others = topFolders.filter((name) => name !== folder.split("/")[0] && !imports.includes(name))
  const direction = {
    regex: `^(\\.\\./)+(${others.join("|")})(/|\\.ts)`,
    message: `${folder} imports only: ${imports.length === 0 ? "nothing" : imports.join(", ")}.`
  }
  const patterns = [direction, ...without, ...(folder === "collect/twitch" ? [] : [ircv3])]
  return {
    files: [`src/${folder}/**`],
    rules: { "no-restricted-imports": ["error", { patterns }] }
  }
}

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import"],
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    "require-yield": "off",
    "no-console": "error",
    "import/no-cycle": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "import/no-unassigned-import": "off",
    "no-underscore-dangle": "off",
    "no-shadow": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/require-post-message-target-origin": "off"
  },
  ignorePatterns: ["dist", "node_modules", "data"],
  overrides: [
    ...ROOMS.map(overrideOf),
    // AssemblyScript: its numbers are integers of 32 and 64 bits.
    { files: ["src/kernel/assembly/**"], rules: { "no-loss-of-precision": "off" } },
    {
      files: ["test/oracle/**"],
      rules: {
        "no-restricted-imports": [
          "error",
          { patterns: [{ regex: "/src/", message: "The oracle shares nothing with the worker." }] }
        ]
      }
    }
  ]
})
