/** Spark Structured Streaming, in Python as its users mostly write it. */
import { join } from "node:path"
import { Effect } from "effect"
import { built, builtFolder, run } from "./Cache.ts"
import { peerTable } from "./PeerTable.ts"
import type { System } from "./System.ts"

const SOURCES = new URL("peers/spark", import.meta.url).pathname

/** Those of Spark's Kafka source that PySpark does not bring along. */
const JARS = "commons-pool2,kafka-clients,spark-sql-kafka-0-10_2.13,spark-token-provider-kafka-0-10_2.13"

const build = built("spark", SOURCES, (folder) =>
  Effect.gen(function* () {
    const jars = [`-DoutputDirectory=${join(folder, "jars")}`, `-DincludeArtifactIds=${JARS}`]
    yield* run("mvn", ["-q", "-B", "dependency:copy-dependencies", ...jars], folder)
    // into a folder: a venv can not be moved
    yield* run("python3", ["-m", "pip", "install", "-q", "--target", "packages", "-r", "requirements.txt"], folder)
  })
)

export const spark = (shape: string): System => ({
  id: `spark-${shape}`,
  kind: "peer",
  name: "Spark Structured Streaming",
  settings: "PySpark, `local[2]`",
  without: "",
  prepare: build,
  table: peerTable.name,
  ddl: peerTable.ddl,
  program: ({ bootstrap, folder, postgres, schema, topics }) => {
    const home = builtFolder("spark", SOURCES)
    return {
      command: "python3",
      args: [join(home, "job.py")],
      cwd: folder,
      env: {
        PYTHONPATH: join(home, "packages"),
        BROKER: bootstrap,
        CHAT_TOPIC: topics.chat,
        VIEWER_TOPIC: topics.viewer,
        PG_DSN: `host=${postgres.host} port=${postgres.port} dbname=${postgres.database} user=${postgres.user} password=${postgres.password}`,
        PG_TABLE: `${schema}.${peerTable.name}`,
        FOLDER: folder,
        SHAPE: shape
      }
    }
  },
  isDone: undefined,
  lastMs: undefined
})
