/** The peers that run on a JVM: Kafka Streams and Flink. Built by Maven, once. */
import { join } from "node:path"
import { built, builtFolder, foundIn, run } from "./Cache.ts"
import type { Program } from "../Meter.ts"
import { peerTable } from "./PeerTable.ts"
import type { Place, System } from "../System.ts"

const SOURCES = new URL("jvm", import.meta.url).pathname
const HEAP = "-Xmx3g"
const PARALLELISM = "2"

const BUILT = builtFolder("jvm", SOURCES)

const build = built(BUILT, SOURCES, (folder) => run("mvn", ["-q", "-B", "package"], folder))

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
  const target = join(BUILT, module, "target")
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

const JVM = `${HEAP}, parallel collector`
const LIKE_NO_OTHER = "detectors, dead letters, its position in the same transaction as the rows"

const streamsVersion = foundIn(
  join(SOURCES, "kstreams/pom.xml"),
  /<artifactId>kafka-streams<\/artifactId>\s*<version>([^<]+)</
)
const flinkVersion = foundIn(join(SOURCES, "flink/pom.xml"), /<flink.version>([^<]+)</)

const kafkaStreams = (system: Pick<System, "id" | "name" | "settings" | "without">, state: "heap" | "stores") =>
  jvm(system, "kstreams", "peer.StreamsJob", { STATE: state })

export const kafkaStreamsHeap = kafkaStreams(
  {
    id: "kstreams-heap",
    name: "Kafka Streams, state as objects",
    settings: `Kafka Streams ${streamsVersion}, ${JVM}, two stream threads. Processor API, windows as live objects of the processor. Upserts of 1000 rows`,
    without: `any fault tolerance (a restart loses the open windows), ${LIKE_NO_OTHER}`
  },
  "heap"
)

export const kafkaStreamsStores = kafkaStreams(
  {
    id: "kstreams-stores",
    name: "Kafka Streams, state stores",
    settings: `Kafka Streams ${streamsVersion}, ${JVM}, two stream threads. Processor API over in-memory stores with changelogs, counts cached with 256 MiB. At least once. Upserts of 1000 rows`,
    without: LIKE_NO_OTHER
  },
  "stores"
)

const flink = (system: Pick<System, "id" | "name" | "settings" | "without">, checkpoints: string) =>
  jvm(system, "flink", "peer.FlinkJob", { CHECKPOINTS: checkpoints })

const FLINK = `Flink ${flinkVersion}, ${JVM}. Parallelism 2 in one process, heap state, object reuse. Upserts of 1000 rows`

export const flinkPlain = flink(
  {
    id: "flink",
    name: "Flink, no checkpoints",
    settings: FLINK,
    without: `any fault tolerance (a restart reads everything again), ${LIKE_NO_OTHER}`
  },
  "off"
)

export const flinkCheckpoints = flink(
  {
    id: "flink-ckpt",
    name: "Flink, checkpoints",
    settings: `${FLINK}. A checkpoint every 10 s to the local disk, rows at least once`,
    without: LIKE_NO_OTHER
  },
  "10s"
)
