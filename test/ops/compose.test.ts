import { existsSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import { ConfigProvider, Duration, Effect, Layer } from "effect"
import { parse } from "yaml"
import * as Load from "../../src/config/Load.ts"
import { variables } from "../../src/config/Variables.ts"

const root = new URL("../../", import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), "utf8")

type Environment = Readonly<Record<string, string>>

interface Service {
  readonly image: string
  readonly hostname?: string
  readonly container_name?: string
  readonly networks?: { readonly default: { readonly aliases: ReadonlyArray<string> } }
  readonly environment?: Environment
  readonly volumes?: ReadonlyArray<string>
  readonly tmpfs?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly command?: ReadonlyArray<string>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly restart?: string
  readonly read_only?: boolean
  readonly stop_grace_period?: string
  readonly deploy?: unknown
  readonly healthcheck?: { readonly test?: ReadonlyArray<string>; readonly disable?: boolean }
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes?: Readonly<Record<string, unknown>>
}

const text = read("compose.yaml")
const example: Environment = Object.fromEntries(
  Object.entries(parseEnv(read(".env.example"))).map(([name, value]) => [name, value ?? ""])
)

const PASSWORDS = ["POSTGRES_PASSWORD", "POSTGRES_READER_PASSWORD", "GRAFANA_PASSWORD"]

/** As an operator derives it from the example. */
const chosen: Environment = { ...example, ...Object.fromEntries(PASSWORDS.map((name) => [name, `the ${name}`])) }

const PLACEHOLDER = /(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}/g

/** As Compose fills placeholders in: the default where the variable is empty; `?` fails then. */
const filled = (source: string, env: Environment): string =>
  source.replaceAll(PLACEHOLDER, (_, name: string, kind: string | undefined, rest = "") => {
    const value = env[name] ?? ""
    if (value !== "" || kind === undefined) return value
    if (kind === "?") throw new Error(`${name}: ${rest}`)
    return rest
  })

/**
 * As Compose reads a file: placeholders are filled in after the YAML was understood, so that what
 * comes in is text.
 */
const composeOf = (source: string, env: Environment): Compose =>
  parse(source, (_, value: unknown) => (typeof value === "string" ? filled(value, env) : value), { merge: true })

const compose = composeOf(text, chosen)
const override = composeOf(read("compose.override.example.yaml"), chosen)

const serviceOf = (name: string, { services } = compose): Service => {
  const service = services[name]
  if (service === undefined) throw new Error(`there is no service ${name}`)
  return service
}

/** The path on this machine of a mount, where it is one; volumes have names. */
const hostPaths = ({ volumes = [] }: Service): ReadonlyArray<string> =>
  volumes.map((volume) => volume.split(":")[0] ?? "").filter((source) => source.startsWith("."))

const { $schema: _, ...schema } = JSON.parse(read("node_modules/dclint/schemas/compose.schema.json"))
const isCompose = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema)

const configurationOf = (env: Environment) =>
  Load.load.pipe(
    Effect.provide(Layer.mergeAll(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

/** `environment` as a container gets it: text, and nothing where it is empty. */
const environmentOf = ({ environment = {} }: Service): Environment =>
  Object.fromEntries(Object.entries(environment).flatMap(([name, value]) => (value === "" ? [] : [[name, `${value}`]])))

describe("compose.yaml", () => {
  for (const [name, file] of Object.entries({ "compose.yaml": compose, "compose.override.example.yaml": override })) {
    it(`${name} holds to the Compose Specification`, () => {
      assert.isTrue(isCompose(file), JSON.stringify(isCompose.errors, undefined, 2))
    })
  }

  it("is refused by the schema where a key is misspelled", () => {
    assert.isFalse(isCompose({ services: { worker: { image: "telemetra-stream", healthchek: {} } } }))
  })

  it("reads exactly the variables of .env.example, which contains their defaults", () => {
    const found = [...text.matchAll(PLACEHOLDER)]
    assert.deepStrictEqual(
      [...new Set(found.map(([, name]) => name ?? ""))].toSorted(),
      Object.keys(example).toSorted()
    )
    for (const [, name = "", kind, fallback] of found) {
      if (kind === "-") assert.strictEqual(example[name], fallback, name)
    }
  })

  it("does not start without passwords, which .env.example does not have", () => {
    for (const [name, value] of Object.entries(example)) {
      if (/PASSWORD|TOKEN|SECRET/.test(name)) assert.strictEqual(value, "", name)
    }
    for (const name of PASSWORDS) assert.throws(() => filled(text, { ...chosen, [name]: "" }), name)
    assert.throws(() => filled(text, example), "POSTGRES_PASSWORD")
    // Every use of a password, the one in a URL or a command too.
    for (const [, name = "", kind] of text.matchAll(PLACEHOLDER)) {
      if (PASSWORDS.includes(name)) assert.strictEqual(kind, "?", name)
    }
  })

  it("fills in defaults, and leaves what is escaped to the container", () => {
    assert.strictEqual(filled("${A:-x} ${B:-y} $${C}", { B: "z" }), "x z $${C}")
  })

  for (const [name, service] of Object.entries({
    worker: serviceOf("spark-streaming"),
    simulate: serviceOf("simulate"),
    collector: serviceOf("collector"),
    "the worker of the override": serviceOf("spark-streaming", override)
  })) {
    it(`${name} gets only variables that the worker knows`, () => {
      for (const variable of Object.keys(environmentOf(service))) assert.property(variables, variable)
    })
  }

  it.effect("the worker accepts what it gets", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* configurationOf(environmentOf(serviceOf("spark-streaming")))
      assert.deepStrictEqual(
        // In the network of the stack the server is not verified.
        notices.filter((notice) => !notice.includes("POSTGRES_SSL_MODE=prefer")),
        []
      )
      assert.strictEqual(config.source._tag, "kafka")
      assert.strictEqual(config.database._tag, "postgres")
      assert.strictEqual(config.http.host, "0.0.0.0")
      const env = {
        ...environmentOf(serviceOf("spark-streaming")),
        ...environmentOf(serviceOf("spark-streaming", override))
      }
      assert.strictEqual((yield* configurationOf(env)).config.log.level, "Debug")
    })
  )

  it.effect("leaves the worker's defaults as they are, where .env is as the example", () =>
    Effect.gen(function* () {
      const sides = {
        KAFKA_BOOTSTRAP_SERVERS: "kafka:9092",
        POSTGRES_URL: "postgresql://postgres:5432/telemetra",
        POSTGRES_USER: "telemetra"
      }
      const { config } = yield* configurationOf(environmentOf(serviceOf("spark-streaming")))
      const { config: plain } = yield* configurationOf(sides)
      assert.deepStrictEqual(config.pipeline, plain.pipeline)
      assert.deepStrictEqual(config.tables, plain.tables)
      assert.deepStrictEqual(config.topics, plain.topics)
      assert.strictEqual(config.workers, plain.workers)
    })
  )

  it("has the names that the Spark job's stack has: services, containers, ports", () => {
    const names = Object.entries(compose.services).map(([name, service]) => [name, service.container_name])
    assert.deepStrictEqual(Object.fromEntries(names), {
      kafka: "telemetra-kafka",
      topics: undefined,
      postgres: "telemetra-postgres",
      "spark-streaming": "telemetra-spark-streaming",
      prometheus: "telemetra-prometheus",
      grafana: "telemetra-grafana",
      simulate: undefined,
      collector: undefined
    })
    // 3000 is the frontend's.
    assert.deepStrictEqual(serviceOf("grafana").ports, ["127.0.0.1:3001:3000"])
  })

  it("the worker takes the Spark job's place", () => {
    const worker = serviceOf("spark-streaming")
    assert.strictEqual(worker.hostname, "spark-streaming")
    assert.deepStrictEqual(worker.networks?.default.aliases, ["worker"])
    assert.deepStrictEqual(worker.ports, ["127.0.0.1:4040:4040"])
    assert.strictEqual(worker.restart, "unless-stopped")
    assert.deepStrictEqual(worker.deploy, {
      resources: { limits: { cpus: "2", memory: "4g" }, reservations: { cpus: "1", memory: "2g" } }
    })
    assert.isUndefined(worker.volumes)
    assert.isTrue(worker.read_only)
  })

  it("gives the worker more time to end than it takes", () => {
    const seconds = /^(\d+)s$/.exec(serviceOf("spark-streaming").stop_grace_period ?? "")?.[1]
    assert.isAbove(Number(seconds), Duration.toSeconds(variables.SHUTDOWN_TIMEOUT.absent))
  })

  it("waits for what a service needs, and for nothing that has no health", () => {
    assert.deepStrictEqual(serviceOf("spark-streaming").depends_on, {
      topics: { condition: "service_completed_successfully" },
      postgres: { condition: "service_healthy" }
    })
    for (const [name, { depends_on = {} }] of Object.entries(compose.services)) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const { healthcheck } = serviceOf(needed)
        if (condition === "service_healthy") assert.isDefined(healthcheck?.test, `${needed}, for ${name}`)
      }
    }
  })

  it("makes both topics, with as many partitions as the simulated platform has", () => {
    assert.strictEqual(serviceOf("kafka").environment?.["KAFKA_AUTO_CREATE_TOPICS_ENABLE"], "false")
    const { CHAT_TOPIC, PARTITIONS, VIEWER_TOPIC } = environmentOf(serviceOf("topics"))
    const worker = environmentOf(serviceOf("spark-streaming"))
    assert.deepStrictEqual([CHAT_TOPIC, VIEWER_TOPIC], [worker["CHAT_TOPIC"], worker["VIEWER_TOPIC"]])
    const { command = [] } = serviceOf("simulate")
    assert.strictEqual(command[command.indexOf("--partitions") + 1], PARTITIONS)
  })

  it("gives Grafana the variables that its data sources need, with the reader's password", () => {
    const grafana = environmentOf(serviceOf("grafana"))
    const needed = [...read("ops/grafana/provisioning/datasources/telemetra.yaml").matchAll(/: \$([A-Z_]+)$/gm)]
    assert.isNotEmpty(needed)
    for (const [, name = ""] of needed) assert.property(grafana, name)
    const reader = environmentOf(serviceOf("postgres"))["POSTGRES_READER_PASSWORD"]
    assert.strictEqual(grafana["POSTGRES_READER_PASSWORD"], reader)
    assert.include(read("ops/compose/reader.sh"), `CREATE ROLE ${grafana["POSTGRES_READER"]} LOGIN`)
  })

  it("names every image exactly, and binds every port to an address that can be chosen", () => {
    for (const [name, { image, ports = [] }] of Object.entries(compose.services)) {
      assert.match(image, /:v?\d+\.\d+/, name)
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name)
    }
  })

  it("mounts what is there", () => {
    const services = [...Object.values(compose.services), ...Object.values(override.services)]
    const paths = services.flatMap(hostPaths)
    assert.isNotEmpty(paths)
    for (const path of paths) assert.isTrue(existsSync(new URL(path, root)), `${path} is not there`)
    const named = Object.values(compose.services)
      .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(":")[0] ?? ""))
      .filter((source) => !source.startsWith("."))
    assert.deepStrictEqual(named.toSorted(), Object.keys(compose.volumes ?? {}).toSorted())
  })
})

describe(".dockerignore", () => {
  it("lets through exactly what the Dockerfile copies", () => {
    const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
      names.split(" ")
    )
    const allowed = read(".dockerignore")
      .split("\n")
      .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []))
    assert.deepStrictEqual(allowed.toSorted(), [...new Set(copied)].toSorted())
  })
})
