/**
 * The worker as a process is stopped while clients hold its HTTP port in every way, and while it
 * waits for its services.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, type Scope } from "effect"
import { freePort } from "../harness/FreePort.ts"
import { untilTrue } from "../harness/Until.ts"
import { startWorker, untilPrinted, type WorkerProcess } from "../harness/WorkerProcess.ts"

/**
 * Its 85 % for closing leave time for a busy machine. They are less than the 20 s that the HTTP
 * server waits for its clients when it ends.
 */
const SHUTDOWN_TIMEOUT_MS = 20_000

/**
 * For the process itself to begin and end its stop on a busy machine. An unbounded stop takes
 * longer.
 */
const SLACK_MS = 120_000

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-stop-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
)

interface Running {
  readonly worker: WorkerProcess
  readonly port: number
  readonly folder: string
}

const start = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = yield* temporary
    const port = yield* Effect.promise(freePort)
    const worker = yield* startWorker(args, {
      DATA_DIR: folder,
      HTTP_PORT: String(port),
      SHUTDOWN_TIMEOUT: `${SHUTDOWN_TIMEOUT_MS} ms`,
      ...env
    })
    return { worker, port, folder }
  })

/**
 * A raw connection: it sends what it is given and keeps what comes, until it is destroyed with the
 * scope.
 */
const client = (port: number, send: string, reads = true) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly socket: Socket; received: string }>((resume) => {
        const socket = connect(port, "127.0.0.1")
        const made = { socket, received: "" }
        if (reads) socket.on("data", (chunk) => (made.received += chunk.toString()))
        socket.on("error", () => {}) // the server may cut it
        socket.once("connect", () => {
          socket.write(send)
          resume(Effect.succeed(made))
        })
      }),
      ({ socket }) => Effect.sync(() => socket.destroy())
    ),
    (made) => ({ received: () => made.received })
  )

const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)

const postmaster = ({ folder }: Running): number =>
  Number(readFileSync(join(folder, "postgres/data/postmaster.pid"), "utf8").split("\n")[0])

const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number)

const elapsed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const begunMs = yield* Clock.currentTimeMillis
    const result = yield* effect
    return [result, (yield* Clock.currentTimeMillis) - begunMs] as const
  })

/** Stops it and checks the time of the whole stop, by the bound that operators configure. */
const stopWithin = Effect.fnUntraced(function* (running: Running, signal: NodeJS.Signals = "SIGTERM") {
  const { worker } = running
  const [code, tookMs] = yield* elapsed(Effect.andThen(worker.signal(signal), worker.ended))
  assert.strictEqual(code, 0, worker.output())
  assert.isBelow(tookMs, SHUTDOWN_TIMEOUT_MS + SLACK_MS, worker.output())
})

for (const [what, args, env] of [
  ["run", ["run"], {}],
  ["run with two members", ["run"], { WORKERS: "2" }],
  ["demo", ["demo"], {}]
] as const) {
  it.live(`${what}: no client delays the stop, and live streams end with an event`, () =>
    Effect.gen(function* () {
      const running = yield* start(args, env)
      const { port, worker } = running
      yield* untilPrinted(running.worker, "taken over")
      const live = yield* client(port, get("/api/v1/live"))
      const upgraded = yield* client(port, get("/api/v1/live", "Connection: Upgrade\r\nUpgrade: foo\r\n"))
      yield* untilTrue("an event", () => live.received().includes("id: ") && upgraded.received().includes("id: "))
      // Nothing, half a request line, half a head, half a body.
      yield* client(port, "")
      yield* client(port, "GET / HT")
      yield* client(port, "GET / HTTP/1.1\r\nHost: localhost\r\n")
      yield* client(port, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntoken")
      // One that never reads its answers.
      yield* client(port, get("/api/v1/streams/live?limit=100").repeat(2000) + get("/api/v1/live"), false)
      const keptAlive = yield* client(port, get("/health/live"))
      yield* untilTrue("an answer", () => keptAlive.received().includes("live"))
      yield* stopWithin(running)
      for (const [name, { received }] of Object.entries({ live, upgraded })) {
        assert.match(received().slice(-100), /event: shutdown\nretry: \d+\ndata: \{\}\n\n/, name)
      }
      assert.notMatch(worker.output(), /Not (flushed|everything)| ERROR /)
    }).pipe(Effect.scoped)
  )
}

/** A server that accepts connections and never answers, as a frozen one. */
const mute = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket.on("error", () => {}))).listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" ? (address?.port ?? 0) : 0
      resume(Effect.succeed({ port, close: () => (server.close(), sockets.forEach((socket) => socket.destroy())) }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
  it.live(`${signal} while the embedded PostgreSQL is being made leaves no process`, () =>
    Effect.gen(function* () {
      const running = yield* start(["run"])
      yield* untilPrinted(running.worker, "Creating an embedded PostgreSQL")
      yield* stopWithin(running, signal)
      // The next start uses the same folder and port.
      const again = yield* startWorker(["run"], { DATA_DIR: running.folder, HTTP_PORT: String(running.port) })
      yield* untilPrinted(again, "taken over")
      const pid = postmaster(running)
      yield* again.signal(signal)
      yield* again.signal(signal)
      assert.strictEqual(yield* again.ended, 0, again.output())
      assert.isFalse(isAlive(pid))
    }).pipe(Effect.scoped)
  )
}

it.live("a stop while Kafka is missing, or does not answer, does not wait for it", () =>
  Effect.gen(function* () {
    for (const port of [yield* Effect.promise(freePort), (yield* mute).port]) {
      const running = yield* start(["run"], { KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}`, STORE: "embedded" })
      yield* untilPrinted(running.worker, "Kafka not available")
      yield* stopWithin(running)
      assert.notInclude(running.worker.output(), "Not flushed")
    }
  }).pipe(Effect.scoped)
)

it.live("a stop while PostgreSQL is missing, or does not answer, does not wait for it", () =>
  Effect.gen(function* () {
    for (const port of [yield* Effect.promise(freePort), (yield* mute).port]) {
      const running = yield* start(["run"], {
        SOURCE: "simulator",
        POSTGRES_URL: `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable`
      })
      yield* untilPrinted(running.worker, "PostgreSQL not available")
      yield* stopWithin(running)
      assert.notInclude(running.worker.output(), "Not flushed")
    }
  }).pipe(Effect.scoped)
)

it.live("a stop while the embedded PostgreSQL is frozen keeps within its time, and ends it", () =>
  Effect.gen(function* () {
    const running = yield* start(["run"])
    yield* untilPrinted(running.worker, "taken over")
    const pid = postmaster(running)
    process.kill(pid, "SIGSTOP")
    for (const child of childrenOf(pid)) process.kill(child, "SIGSTOP")
    yield* stopWithin(running)
    assert.isFalse(isAlive(pid))
    const again = yield* startWorker(["run"], { DATA_DIR: running.folder, HTTP_PORT: String(running.port) })
    yield* untilPrinted(again, "taken over")
  }).pipe(Effect.scoped)
)

it.live("readiness is refused from the beginning of the stop on, while the last flush is waited for", () =>
  Effect.gen(function* () {
    const running = yield* start(["run"])
    yield* untilPrinted(running.worker, "taken over")
    const ready = `http://127.0.0.1:${running.port}/health/ready`
    const pid = postmaster(running)
    // The last flush has to wait.
    process.kill(pid, "SIGSTOP")
    yield* Effect.addFinalizer(() => Effect.sync(() => isAlive(pid) && process.kill(pid, "SIGCONT")))
    yield* running.worker.signal("SIGTERM")
    yield* untilPrinted(running.worker, "Stopping")
    const answer = yield* Effect.promise(async () => fetch(ready).then((found) => found.text(), String))
    process.kill(pid, "SIGCONT")
    assert.strictEqual(answer, "not ready: stopping\n")
    assert.strictEqual(yield* running.worker.ended, 0)
  }).pipe(Effect.scoped)
)
