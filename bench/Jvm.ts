/** The peers that run on a JVM: Kafka Streams and Flink. Built by Maven, once. */
import { join } from "node:path"
import { built, builtFolder, run } from "./Cache.ts"
import type { Program } from "./Meter.ts"
import { peerTable } from "./PeerTable.ts"
import type { Place, System } from "./System.ts"

const SOURCES = new URL("peers/jvm", import.meta.url).pathname
const HEAP = "-Xmx3g"
const PARALLELISM = "2"

const build = built("jvm", SOURCES, (folder) => run("mvn", ["-q", "-B", "package"], folder))

/** Flink reaches into these. */
const OPENS = [
  "java.lang",
  "java.util",
  "java.util.concurrent",
  "java.util.concurrent.atomic",
  "java.net",
  "java.io",
  "java.nio",
  "java.text",
  "java.time"
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)

const program = (
  module: "kstreams" | "flink",
  mainClass: string,
  env: Readonly<Record<string, string>>,
  { bootstrap, folder, group, postgres, schema, topics }: Place
): Program => {
  const target = join(builtFolder("jvm", SOURCES), module, "target")
  return {
    command: "java",
    args: [
      HEAP,
      "-XX:+UseParallelGC",
      ...OPENS,
      "-Duser.timezone=UTC",
      "-cp",
      `${join(target, `peer-${module}-1.jar`)}:${join(target, "lib", "*")}`,
      mainClass
    ],
    cwd: folder,
    env: {
      BROKER: bootstrap,
      CHAT_TOPIC: topics.chat,
      VIEWER_TOPIC: topics.viewer,
      GROUP: group,
      PG_URL: `jdbc:postgresql://${postgres.host}:${postgres.port}/${postgres.database}`,
      PG_USER: postgres.user,
      PG_PASSWORD: postgres.password,
      PG_TABLE: `${schema}.${peerTable.name}`,
      FOLDER: folder,
      PARALLELISM,
      ...env
    }
  }
}

const jvm = (
  system: Pick<System, "id" | "name" | "settings" | "without">,
  module: "kstreams" | "flink",
  mainClass: string,
  env: Readonly<Record<string, string>>
): System => ({
  ...system,
  kind: "peer",
  prepare: build,
  table: peerTable.name,
  ddl: peerTable.ddl,
  program: (place) => program(module, mainClass, env, place),
  isDone: undefined,
  lastMs: undefined
})

const JAVA = `Java 17, ${HEAP}, parallel collector`
const LIKE_NO_OTHER = "detectors, dead letters, positions kept with the rows"

export const kafkaStreamsHeap = jvm(
  {
    id: "kstreams-heap",
    name: "Kafka Streams, state as objects",
    settings: `${JAVA}; two stream threads; Processor API, windows as live objects of the processor; upserts of 1000 rows`,
    without: `any fault tolerance (a restart loses the open windows), ${LIKE_NO_OTHER}`
  },
  "kstreams",
  "peer.StreamsJob",
  { STATE: "heap" }
)

export const kafkaStreamsStore = (state: "memory" | "rocks") =>
  jvm(
    {
      id: `kstreams-${state}`,
      name: "Kafka Streams, state stores",
      settings: `${JAVA}; two stream threads; Processor API over ${state} stores with changelogs, at least once; upserts of 1000 rows`,
      without: `exactly-once delivery, ${LIKE_NO_OTHER}`
    },
    "kstreams",
    "peer.StreamsJob",
    { STATE: state }
  )

export const flinkPlain = jvm(
  {
    id: "flink",
    name: "Flink, no checkpoints",
    settings: `${JAVA}; parallelism 2 in one process; heap state, object reuse, aligned watermarks; upserts of 1000 rows`,
    without: `any fault tolerance (a restart reads everything again), ${LIKE_NO_OTHER}`
  },
  "flink",
  "peer.FlinkJob",
  { CHECKPOINTS: "off" }
)

export const flinkCheckpoints = jvm(
  {
    id: "flink-ckpt",
    name: "Flink, checkpoints",
    settings: `as without checkpoints, and one every 10 s to the local disk; at least once into PostgreSQL`,
    without: `exactly-once delivery into the tables, ${LIKE_NO_OTHER}`
  },
  "flink",
  "peer.FlinkJob",
  { CHECKPOINTS: "10s" }
)
