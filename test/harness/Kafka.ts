/**
 * A real Kafka for tests: the one that KAFKA_BOOTSTRAP_SERVERS names (used, never stopped), else
 * Apache Kafka in KRaft mode, one node, from Maven Central. The jars are kept in a cache folder
 * (TELEMETRA_KAFKA_CACHE, else XDG_CACHE_HOME or ~/.cache, `telemetra-kafka`). Data and logs live
 * in a temporary folder that is removed at the end. Everything listens on 127.0.0.1.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Context, Effect, Layer, type Scope } from "effect"
import kafkajs, {
  type Admin,
  type CompressionTypes,
  type IHeaders,
  type Kafka,
  type Message,
  type Producer
} from "kafkajs"
import { registerCodecs } from "../../src/source/kafka/Codecs.ts"
import { quietNegativeTimeouts } from "../../src/source/kafka/NegativeTimeouts.ts"
import { cacheFolder, kept } from "./Kept.ts"

/** The version of our own broker. */
export const VERSION = "4.1.0"
const START_TIMEOUT_MS = 480_000
const STOP_TIMEOUT_MS = 20_000

const inCache = (name: string): string =>
  join(process.env["TELEMETRA_KAFKA_CACHE"] ?? cacheFolder("telemetra-kafka"), name)

const libsFolder = (): string => inCache(`server-and-tools-${VERSION}`)

const runs = (command: string, argument: string): boolean => spawnSync(command, [argument]).status === 0

/**
 * Reason why no Kafka is available here, or `undefined`. With CI=true a missing Kafka is an error,
 * not a reason to skip.
 */
export const kafkaMissing: string | undefined = (() => {
  if ((process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "") !== "") return undefined
  const reason = !runs("java", "-version")
    ? "no java"
    : !existsSync(libsFolder()) && !runs("mvn", "-version")
      ? "no mvn to fetch the broker with"
      : undefined
  if (reason === undefined) return undefined
  const line = `Kafka tests need KAFKA_BOOTSTRAP_SERVERS or java and mvn: ${reason}`
  if (process.env["CI"] === "true") throw new Error(line)
  process.stderr.write(`SKIPPED: ${line}\n`)
  return line
})()

/** A user of the broker's SASL listener. */
export interface BrokerUser {
  readonly username: string
  readonly password: string
}

export interface BrokerOptions {
  /**
   * Adds a SASL_PLAINTEXT listener on which this user may log in with PLAIN, SCRAM-SHA-256 and
   * SCRAM-SHA-512. Only for a broker of our own.
   */
  readonly sasl?: BrokerUser
  /**
   * Adds an SSL listener whose certificate is for 127.0.0.1 and signed by itself. Only for a broker
   * of our own.
   */
  readonly ssl?: boolean
  /**
   * The port that the broker advertises in place of its own, such as a proxy's. Only for a broker
   * of our own.
   */
  readonly advertise?: (port: number) => Effect.Effect<number, never, Scope.Scope>
  /** Further lines of server.properties. Only for a broker of our own. */
  readonly properties?: Readonly<Record<string, string>>
  /**
   * Flags of the broker's JVM, in place of those that make it small and quick to start rather than
   * fast. Only for a broker of our own.
   */
  readonly jvm?: ReadonlyArray<string>
}

export interface ProduceRecord {
  readonly partition: number
  readonly value: Uint8Array | string | null
  readonly key?: string | null
  /** The log's timestamp in milliseconds since the epoch; the wall clock where absent. */
  readonly timestampMs?: number
  readonly headers?: IHeaders
}

export class KafkaBroker extends Context.Service<
  KafkaBroker,
  {
    /** Address (host:port) of the listener without security. */
    readonly bootstrap: string
    /** Address (host:port) of the SASL_PLAINTEXT listener. */
    readonly saslBootstrap: string | undefined
    /** Address (host:port) of the SSL listener, and the PEM file of the certificate to trust. */
    readonly ssl: { readonly bootstrap: string; readonly caFile: string } | undefined
    readonly kafka: Kafka
    readonly createTopics: (
      topics: Readonly<Record<string, number>>,
      config?: Readonly<Record<string, string>>
    ) => Effect.Effect<void>
    readonly deleteTopic: (topic: string) => Effect.Effect<void>
    /** Adds partitions, up to `count` of them. */
    readonly grow: (topic: string, count: number) => Effect.Effect<void>
    /** Appends in the given order, one batch per partition. */
    readonly produce: (
      topic: string,
      records: ReadonlyArray<ProduceRecord>,
      codec?: CompressionTypes
    ) => Effect.Effect<void>
    /** Appends in one transaction of its own, then ends it. */
    readonly transaction: (
      topic: string,
      records: ReadonlyArray<ProduceRecord>,
      end: "commit" | "abort"
    ) => Effect.Effect<void>
    /** High watermarks by partition number, transaction markers included. */
    readonly endOffsets: (topic: string) => Effect.Effect<ReadonlyArray<bigint>>
    /** Moves the start of a partition's log up to `offset`. */
    readonly deleteRecords: (topic: string, partition: number, offset: bigint) => Effect.Effect<void>
    /**
     * Runs one of Kafka's own Java tools and gives what it printed. Fails where there is no broker
     * of our own.
     */
    readonly java: (mainClass: string, args: ReadonlyArray<string>, stdin?: string) => Effect.Effect<string>
    /** The broker's process id. Fails where the broker is not ours. */
    readonly pid: Effect.Effect<number>
    /** Ends the broker process; its data stays. Fails where the broker is not ours. */
    readonly stop: Effect.Effect<void>
    /** Starts it again on the same ports and data. */
    readonly start: Effect.Effect<void>
  }
>()("test/harness/KafkaBroker") {
  /** A broker that only this layer's tests use: they may stop it. */
  static readonly layer = (options: BrokerOptions = {}): Layer.Layer<KafkaBroker> =>
    Layer.effect(KafkaBroker, Effect.flatMap(ownOrExternal(options), make))

  /**
   * The broker that all files of a run share. Their topics and groups have unique names. Outside of
   * a run: a broker of this layer.
   */
  static readonly shared = (): Layer.Layer<KafkaBroker> =>
    Layer.effect(
      KafkaBroker,
      Effect.suspend(() => {
        const url = process.env[SHARED_BROKER]
        return url === undefined || external() !== undefined ? ownOrExternal({}) : sharedBroker(url)
      }).pipe(Effect.flatMap(make))
    )
}

let names = 0
const run = randomUUID().slice(0, 8)

/** A topic or group name that no other test uses. */
export const uniqueName = (prefix: string): string => `${prefix}.${run}.${++names}`

/** The variable with the address that gives the shared broker's: SharedServers.ts sets it. */
export const SHARED_BROKER = "TELEMETRA_TEST_BROKER"

const external = (): string | undefined => process.env["KAFKA_BOOTSTRAP_SERVERS"] || undefined

/** A broker that answers; parts that only a broker of our own has are absent otherwise. */
type Running = Pick<KafkaBroker["Service"], "bootstrap"> &
  Partial<Pick<KafkaBroker["Service"], "saslBootstrap" | "ssl" | "java" | "pid" | "stop" | "start">>

const ownOrExternal = (options: BrokerOptions): Effect.Effect<Running, never, Scope.Scope> => {
  const bootstrap = external()
  return bootstrap === undefined ? ownBroker(options) : Effect.succeed({ bootstrap })
}

const sharedBroker = (url: string): Effect.Effect<Running> =>
  Effect.promise(async () => {
    const response = await fetch(url)
    const text = await response.text()
    if (!response.ok) throw new Error(`the shared broker: ${text}`)
    return { bootstrap: text, java: tool(await fetchLibs()) }
  })

const make = Effect.fnUntraced(function* (own: Running) {
  registerCodecs()
  quietNegativeTimeouts()
  const { bootstrap } = own
  const kafka = new kafkajs.Kafka({
    brokers: bootstrap.split(","),
    clientId: "telemetra-test",
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 10, initialRetryTime: 100, maxRetryTime: 2000 }
  })
  const admin = kafka.admin()
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  yield* Effect.acquireRelease(
    Effect.promise(() => Promise.all([admin.connect(), producer.connect()])),
    () => Effect.promise(() => Promise.all([admin.disconnect(), producer.disconnect()]))
  )
  return KafkaBroker.of({
    bootstrap,
    saslBootstrap: own.saslBootstrap,
    ssl: own.ssl,
    kafka,
    createTopics: (topics, config) => Effect.promise(() => createTopics(admin, topics, config ?? {})),
    deleteTopic: (topic) => Effect.promise(() => admin.deleteTopics({ topics: [topic] })),
    grow: (topic, count) =>
      Effect.promise(async () => {
        await admin.createPartitions({ topicPartitions: [{ topic, count }] })
      }),
    produce: (topic, records, codec) => Effect.promise(() => send(producer, topic, records, codec)),
    transaction: (topic, records, end) => Effect.promise(() => transaction(kafka, topic, records, end)),
    endOffsets: (topic) => Effect.promise(() => highWatermarks(admin, topic)),
    deleteRecords: (topic, partition, offset) =>
      Effect.promise(async () => {
        await admin.fetchTopicOffsets(topic) // kafkajs deletes only from topics whose metadata it has
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: offset.toString() }] })
      }),
    java: own.java ?? (() => none("java")),
    pid: own.pid ?? none("pid"),
    stop: own.stop ?? none("stop"),
    start: own.start ?? none("start")
  })
})

const none = (what: string) => Effect.die(new Error(`${what} needs a broker of our own`))

const createTopics = async (
  admin: Admin,
  topics: Readonly<Record<string, number>>,
  config: Readonly<Record<string, string>>
): Promise<void> => {
  await admin.createTopics({
    // The wait of kafkajs fails while the metadata of a busy broker lacks the topic.
    waitForLeaders: false,
    topics: Object.entries(topics).map(([topic, numPartitions]) => ({
      topic,
      numPartitions,
      replicationFactor: 1,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value }))
    }))
  })
  for (const topic of Object.keys(topics)) await untilServed(admin, topic)
}

/** Waits until the leaders of all its partitions serve the topic. */
const untilServed = async (admin: Admin, topic: string, attempts = 2_400): Promise<void> => {
  try {
    await admin.fetchTopicOffsets(topic)
  } catch (error) {
    if (attempts === 0) throw error
    await pause(50)
    await untilServed(admin, topic, attempts - 1)
  }
}

const toMessage = (record: ProduceRecord): Message => ({
  partition: record.partition,
  key: record.key ?? null,
  value: record.value === null ? null : Buffer.from(record.value),
  ...(record.timestampMs === undefined ? {} : { timestamp: String(record.timestampMs) }),
  ...(record.headers === undefined ? {} : { headers: record.headers })
})

const send = async (
  producer: Pick<Producer, "send">,
  topic: string,
  records: ReadonlyArray<ProduceRecord>,
  codec: CompressionTypes = kafkajs.CompressionTypes.None
): Promise<void> => {
  await producer.send({ topic, messages: records.map(toMessage), compression: codec })
}

const transaction = async (
  kafka: Kafka,
  topic: string,
  records: ReadonlyArray<ProduceRecord>,
  end: "commit" | "abort"
): Promise<void> => {
  const producer = kafka.producer({ transactionalId: uniqueName("tx"), idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  try {
    const open = await producer.transaction()
    await send(open, topic, records)
    await (end === "commit" ? open.commit() : open.abort())
  } finally {
    await producer.disconnect()
  }
}

const highWatermarks = async (admin: Admin, topic: string): Promise<ReadonlyArray<bigint>> => {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets.toSorted((a, b) => a.partition - b.partition).map((entry) => BigInt(entry.high))
}

/** A process of our own, with its folder; both end with the scope. */
export const ownBroker = Effect.fnUntraced(function* (options: BrokerOptions) {
  const libs = yield* Effect.promise(() => fetchLibs())
  const jvm = options.jvm ?? (yield* Effect.promise(() => smallJvm(libs)))
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-kafka-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const ports = yield* Effect.promise(() => freePorts())
  const { port } = ports
  const advertised = options.advertise === undefined ? port : yield* options.advertise(port)
  const properties = join(folder, "server.properties")
  writeFileSync(properties, serverProperties(folder, options, ports, advertised))
  if (options.ssl === true) yield* Effect.sync(() => makeCertificate(folder))
  if (options.sasl === undefined) {
    const formatted = yield* Effect.promise(() => formattedData(libs))
    cpSync(formatted, join(folder, "data"), { recursive: true })
  } else {
    yield* Effect.promise(() => format(libs, properties, options.sasl))
  }

  let broker: ChildProcess | undefined
  const stop = Effect.suspend(() => {
    const child = broker
    broker = undefined
    return child === undefined ? Effect.void : Effect.promise(() => end(child))
  })
  const start = Effect.gen(function* () {
    const logPath = join(folder, "broker.log")
    const log = openSync(logPath, "a")
    const child = spawnBroker(jvm, libs, properties, log)
    closeSync(log)
    broker = child
    // A test process that gives up without running its finalizers takes its broker along.
    process.once("exit", () => child.kill("SIGKILL"))
    const deadline = (yield* Clock.currentTimeMillis) + START_TIMEOUT_MS
    while (!(yield* Effect.promise(() => answers(port)))) {
      if (child.exitCode !== null || (yield* Clock.currentTimeMillis) > deadline) {
        return yield* Effect.die(new Error(`Kafka did not start:\n${readFileSync(logPath, "utf8").slice(-3000)}`))
      }
      yield* Effect.promise(() => pause(100))
    }
  })
  yield* Effect.addFinalizer(() => stop)
  yield* start
  return {
    bootstrap: `127.0.0.1:${port}`,
    saslBootstrap: options.sasl === undefined ? undefined : `127.0.0.1:${ports.saslPort}`,
    ssl: options.ssl === true ? { bootstrap: `127.0.0.1:${ports.sslPort}`, caFile: join(folder, "ca.pem") } : undefined,
    pid: Effect.sync(() => broker?.pid ?? -1),
    stop,
    start,
    java: tool(libs)
  }
})

/** Runs one of Kafka's own Java tools. */
const tool =
  (libs: string): KafkaBroker["Service"]["java"] =>
  (mainClass, args, stdin) =>
    Effect.promise(async () => java(await smallJvm(libs), libs, mainClass, args, stdin))

/** Small and quick to start rather than fast. */
const JVM = ["-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]

const SMALL_BROKER = [...JVM, "-Xmx512m"]

const spawnBroker = (jvm: ReadonlyArray<string>, libs: string, properties: string, log: number | "ignore") =>
  spawn("java", [...jvm, "-cp", `${libs}/*`, "kafka.Kafka", properties], { stdio: ["ignore", log, log] })

/**
 * The JVM's flags for a small broker. It loads its classes from an archive of loaded ones, which
 * saves two fifths of the CPU time of a start.
 */
const smallJvm = async (libs: string): Promise<ReadonlyArray<string>> => {
  const archive = await kept(inCache(`classes-${VERSION}.jsa`), (work) => archiveClasses(libs, work))
  return [...SMALL_BROKER, `-XX:SharedArchiveFile=${archive}`, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
}

/** Runs a broker until it answers; the JVM writes the archive when it ends. */
const archiveClasses = async (libs: string, work: string): Promise<string> => {
  const archive = join(work, "classes.jsa")
  const ports = await freePorts()
  const properties = join(work, "server.properties")
  writeFileSync(properties, serverProperties(work, {}, ports))
  cpSync(await formattedData(libs), join(work, "data"), { recursive: true })
  const child = spawnBroker([...SMALL_BROKER, `-XX:ArchiveClassesAtExit=${archive}`], libs, properties, "ignore")
  const kill = () => void child.kill("SIGKILL")
  process.once("exit", kill)
  while (child.exitCode === null && !(await answers(ports.port))) await pause(100)
  await end(child, START_TIMEOUT_MS)
  process.off("exit", kill)
  return archive
}

/**
 * The data folder of a broker without users that has never run. Nothing in it depends on ports or
 * paths.
 */
const formattedData = (libs: string): Promise<string> =>
  kept(inCache(`formatted-${VERSION}`), async (work) => {
    const properties = join(work, "server.properties")
    writeFileSync(properties, serverProperties(work, {}, await freePorts()))
    await format(libs, properties, undefined)
    return join(work, "data")
  })

interface Ports {
  readonly port: number
  readonly saslPort: number
  readonly sslPort: number
  readonly controllerPort: number
}

const serverProperties = (folder: string, options: BrokerOptions, ports: Ports, advertised = ports.port): string => {
  const { port, saslPort, sslPort, controllerPort } = ports
  const listeners = [`PLAINTEXT://127.0.0.1:${port}`]
  if (options.sasl !== undefined) listeners.push(`SASL_PLAINTEXT://127.0.0.1:${saslPort}`)
  if (options.ssl === true) listeners.push(`SSL://127.0.0.1:${sslPort}`)
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${controllerPort}`].join(","),
    "advertised.listeners": listeners.join(",").replace(`:${port}`, `:${advertised}`),
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT",
    "log.dirs": join(folder, "data"),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "default.replication.factor": "1",
    // The tests' events belong to a fixed day: after five minutes the broker would find them too
    // old and delete them.
    "log.retention.ms": "-1",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false"
  }
  const user = options.sasl
  if (user !== undefined) {
    properties["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
    properties["listener.name.sasl_plaintext.plain.sasl.jaas.config"] = jaas(
      "plain.PlainLoginModule",
      `user_${user.username}="${user.password}"`
    )
    for (const mechanism of ["scram-sha-256", "scram-sha-512"]) {
      properties[`listener.name.sasl_plaintext.${mechanism}.sasl.jaas.config`] = jaas("scram.ScramLoginModule", "")
    }
  }
  if (options.ssl === true) {
    properties["ssl.keystore.location"] = join(folder, "server.p12")
    properties["ssl.keystore.password"] = KEYSTORE_PASSWORD
    properties["ssl.keystore.type"] = "PKCS12"
  }
  return Object.entries({ ...properties, ...options.properties })
    .map(([name, value]) => `${name}=${asciiOf(value)}\n`)
    .join("")
}

/** Java reads property files as Latin-1: other characters are written as \\uXXXX. */
const asciiOf = (value: string): string =>
  value.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

const jaas = (module: string, extra: string): string => `org.apache.kafka.common.security.${module} required ${extra};`

const KEYSTORE_PASSWORD = "changeit"

const makeCertificate = (folder: string): void => {
  const keystore = ["-alias", "broker", "-keystore", join(folder, "server.p12"), "-storepass", KEYSTORE_PASSWORD]
  const keytool = (...args: ReadonlyArray<string>): void => {
    const done = spawnSync("keytool", [...args, ...keystore], { encoding: "utf8" })
    if (done.status !== 0) throw new Error(`keytool: ${done.stdout}${done.stderr}`)
  }
  const subject = ["-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1", "-validity", "2"]
  keytool("-genkeypair", "-keyalg", "RSA", "-storetype", "PKCS12", ...subject)
  keytool("-exportcert", "-rfc", "-file", join(folder, "ca.pem"))
}

const format = async (libs: string, properties: string, user: BrokerUser | undefined): Promise<void> => {
  const id = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url")
  const scram =
    user === undefined
      ? []
      : ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
          "--add-scram",
          `${mechanism}=[name=${user.username},password=${user.password}]`
        ])
  // One argument: an id may begin with a dash.
  await java(JVM, libs, "kafka.tools.StorageTool", ["format", `--cluster-id=${id}`, "-c", properties, ...scram])
}

const java = (
  jvm: ReadonlyArray<string>,
  libs: string,
  mainClass: string,
  args: ReadonlyArray<string>,
  stdin = ""
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(
      "java",
      [...jvm, "-cp", `${libs}/*`, mainClass, ...args],
      // Java reads arguments in the locale's encoding.
      { maxBuffer: 64 * 1024 * 1024, timeout: 480_000, env: { ...process.env, LC_ALL: "C.UTF-8" } },
      (error, stdout, stderr) =>
        error === null
          ? resolve(stdout)
          : reject(new Error(`${mainClass}: ${error.message}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`))
    )
    child.stdin?.end(stdin)
  })

/** Downloads the broker once. */
const fetchLibs = (): Promise<string> =>
  kept(libsFolder(), async (work) => {
    writeFileSync(
      join(work, "pom.xml"),
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>` +
        `<groupId>telemetra</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>` +
        `<dependencies>${["kafka_2.13", "kafka-tools"].map(dependency).join("")}</dependencies></project>`
    )
    const folder = join(work, "libs")
    await new Promise<void>((resolve, reject) => {
      execFile(
        "mvn",
        ["-B", "-q", "-f", join(work, "pom.xml"), "dependency:copy-dependencies", `-DoutputDirectory=${folder}`],
        (error, stdout) => (error === null ? resolve() : reject(new Error(`${error.message}\n${stdout.slice(-2000)}`)))
      )
    })
    return folder
  })

const dependency = (artifact: string): string =>
  `<dependency><groupId>org.apache.kafka</groupId><artifactId>${artifact}</artifactId><version>${VERSION}</version></dependency>`

/** Real time: also under a test clock. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const freePorts = async (): Promise<Ports> => {
  const servers = Array.from({ length: 4 }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.on("error", reject)
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            if (address === null || typeof address === "string") reject(new Error("no port"))
            else resolve(address.port)
          })
        })
    )
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  const [port = 0, saslPort = 0, sslPort = 0, controllerPort = 0] = ports
  return { port, saslPort, sslPort, controllerPort }
}

/** Whether the broker serves requests, not only accepts connections. */
const answers = async (port: number): Promise<boolean> => {
  const admin = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 }
  }).admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    return cluster.brokers.length > 0
  } catch {
    return false // not up yet: queried again until the deadline
  } finally {
    await admin.disconnect()
  }
}

const end = async (child: ChildProcess, patienceMs = STOP_TIMEOUT_MS): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  child.kill("SIGTERM")
  const killer = setTimeout(() => child.kill("SIGKILL"), patienceMs)
  await exited
  clearTimeout(killer)
}
