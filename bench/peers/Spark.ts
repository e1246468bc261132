/** Spark Structured Streaming, in Python like most Spark jobs. */
import { join } from "node:path"
import { Effect } from "effect"
import { built, builtFolder, foundIn, run } from "./Cache.ts"
import { peerTable, peerVariables } from "./PeerTable.ts"
import type { System } from "../System.ts"

const JOB = new URL("spark/job.py", import.meta.url).pathname
const SOURCES = new URL("spark/packages", import.meta.url).pathname

/** The libraries of Spark's Kafka source that PySpark does not contain. */
const JARS = "commons-pool2,kafka-clients,spark-sql-kafka-0-10_2.13,spark-token-provider-kafka-0-10_2.13"

const BUILT = builtFolder("spark", SOURCES)

const build = built(BUILT, SOURCES, (folder) =>
  Effect.gen(function* () {
    const jars = [`-DoutputDirectory=${join(folder, "jars")}`, `-DincludeArtifactIds=${JARS}`]
    yield* run("mvn", ["-q", "-B", "dependency:copy-dependencies", ...jars], folder)
    // Into a folder: a venv can not be moved.
    yield* run("python3", ["-m", "pip", "install", "-q", "--target", "packages", "-r", "requirements.txt"], folder)
  })
)

const version = foundIn(join(SOURCES, "requirements.txt"), /pyspark==(.+)/)

export const spark: System = {
  id: "spark",
  kind: "peer",
  name: "Spark Structured Streaming",
  settings: `PySpark ${version}, \`local[2]\`, 6 GiB of driver memory, two shuffle partitions. Micro-batches of at most 500,000 records (\`availableNow\`), checkpoints on the local disk. Rows by COPY and one upsert per batch`,
  without:
    "detectors, dead letters, its position in the same transaction as the rows. It can't be run without its checkpoints",
  prepare: build,
  table: peerTable.name,
  ddl: peerTable.ddl,
  program: (place) => ({
    command: "python3",
    args: [JOB],
    cwd: place.folder,
    env: {
      ...peerVariables(place),
      PYTHONPATH: join(BUILT, "packages"),
      JARS: join(BUILT, "jars"),
      FOLDER: place.folder
    }
  }),
  isDone: undefined,
  lastMs: undefined
}
