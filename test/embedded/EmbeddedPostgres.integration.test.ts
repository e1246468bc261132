import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { PgClient } from "@effect/sql-pg"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { EmbeddedPostgresError } from "../../src/embedded/EmbeddedPostgresError.ts"
import * as EmbeddedPostgres from "../../src/embedded/EmbeddedPostgres.ts"
import { commandLineOf } from "../../src/embedded/Processes.ts"
import { eventually } from "../harness/Until.ts"

const isRoot = process.getuid?.() === 0
/** The uid of the user `nobody`. */
const UNPRIVILEGED = 65_534

let dataDir: string
let workers: Array<ChildProcess>
beforeEach(() => {
  workers = []
  dataDir = mkdtempSync(join(tmpdir(), "telemetra-embedded-"))
  chmodSync(dataDir, 0o755)
})
afterEach(async () => {
  for (const worker of workers) {
    if (worker.exitCode === null && worker.signalCode === null && worker.kill("SIGTERM")) await once(worker, "exit")
  }
  const left = serverPid()
  if (left !== undefined && (await runs(left))) process.kill(left, "SIGQUIT")
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 })
})

/** Whether a process runs: one that has ended and waits for its parent does not. */
const runs = (pid: number) => Effect.runPromise(Effect.map(commandLineOf(pid), (line) => line !== undefined))

const inFolder = (...path: ReadonlyArray<string>) => join(dataDir, "postgres", ...path)

/** The process that `postmaster.pid` names. */
const serverPid = (): number | undefined =>
  existsSync(inFolder("data", "postmaster.pid"))
    ? Number(readFileSync(inFolder("data", "postmaster.pid"), "utf8").split("\n")[0])
    : undefined

const Address = Schema.fromJsonString(
  Schema.Struct({ port: Schema.Int, password: Schema.String, user: Schema.String, database: Schema.String })
)
type Address = typeof Address.Type

interface Worker {
  readonly pid: number
  readonly process: ChildProcess
  readonly address: Address
  readonly output: ReadonlyArray<string>
}

/**
 * Starts a worker in a process of its own and waits until its database is ready. If the worker ends
 * before, the error is its output.
 */
const startWorker = async (uid?: number): Promise<Worker> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "worker.ts"), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    ...(uid === undefined ? {} : { uid, gid: uid })
  })
  workers.push(child)
  const output: Array<string> = []
  for await (const line of createInterface({ input: child.stdout })) {
    output.push(line)
    if (!line.startsWith("READY ")) continue
    const address = Schema.decodeSync(Address)(line.slice("READY ".length))
    child.stdout.resume()
    return { pid: child.pid ?? 0, process: child, address, output }
  }
  throw new Error(output.join("\n"))
}

const endWorker = async (worker: Worker, signal: NodeJS.Signals) => {
  const ended = once(worker.process, "exit")
  worker.process.kill(signal)
  return (await ended)[0]
}

const query = (
  address: Address,
  statement: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<object>, unknown>
) =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* statement(yield* SqlClient.SqlClient)
    }).pipe(
      Effect.provide(
        PgClient.layer({
          host: "127.0.0.1",
          port: address.port,
          username: address.user,
          password: Redacted.make(address.password),
          database: address.database,
          maxConnections: 1
        })
      )
    )
  )

const remember = (address: Address) => query(address, (sql) => sql`CREATE TABLE note AS SELECT 'kept' AS text`)
const recall = (address: Address) => query(address, (sql) => sql`SELECT text FROM note`)

/** The error of a start; `flip` leaves no other outcome. */
const refusal = (folder = dataDir) =>
  Effect.runPromise(EmbeddedPostgres.make(folder).pipe(Effect.scoped, Effect.flip)) as Promise<EmbeddedPostgresError>

describe("an ordinary life", () => {
  it("starts, is reached by its password alone, and ends with the worker; the next start finds the data", async () => {
    const first = await startWorker()
    await remember(first.address)
    await assertRejects(query({ ...first.address, password: "wrong" }, (sql) => sql`SELECT 1`))
    assert.strictEqual(statSync(inFolder("password")).mode & 0o777, 0o600)
    assert.strictEqual(readFileSync(inFolder("password"), "utf8").trim(), first.address.password)
    assert.isAtLeast(first.address.password.length, 32)
    assert.deepStrictEqual(
      await query(
        first.address,
        (sql) =>
          sql`SELECT current_setting('listen_addresses') AS a, current_setting('unix_socket_directories') AS s, current_setting('server_encoding') AS e`
      ),
      [{ a: "127.0.0.1", s: "", e: "UTF8" }]
    )
    const server = serverPid() ?? 0
    assert.isTrue(await runs(server))

    assert.strictEqual(await endWorker(first, "SIGTERM"), 0)
    assert.isFalse(await runs(server))
    assert.isUndefined(serverPid())

    const second = await startWorker()
    assert.deepStrictEqual(second.address, first.address)
    assert.deepStrictEqual(await recall(second.address), [{ text: "kept" }])
    assert.strictEqual(await endWorker(second, "SIGINT"), 0)
    assert.isUndefined(serverPid())
  })

  it("is not reached by the Ctrl-C that is meant for the worker", async () => {
    await startWorker()
    const server = serverPid() ?? 0
    const group = execFileSync("ps", ["-p", String(server), "-o", "pgid="], { encoding: "utf8" })
    assert.strictEqual(Number(group), server)
  })

  it("takes another port where its own is taken", async () => {
    const first = await startWorker()
    await endWorker(first, "SIGTERM")
    const squatter = createServer().listen(first.address.port, "127.0.0.1")
    await once(squatter, "listening")
    const second = await startWorker()
    assert.notStrictEqual(second.address.port, first.address.port)
    await recall(second.address).catch(() => undefined)
    assert.deepStrictEqual(await query(second.address, (sql) => sql`SELECT 1 AS one`), [{ one: 1 }])
    squatter.close()
  })

  it("is started again on the same port when it ends by itself", async () => {
    const worker = await startWorker()
    await remember(worker.address)
    const server = serverPid() ?? 0
    process.kill(server, "SIGKILL")
    await eventually("another server", async () => {
      const rows = await recall(worker.address).catch(() => [])
      return rows.length === 1 && serverPid() !== server
    })
    assert.strictEqual(await endWorker(worker, "SIGTERM"), 0)
    assert.isUndefined(serverPid())
  })
})

const assertRejects = async (promise: Promise<unknown>) => {
  const outcome = await promise.then(
    () => "fulfilled",
    () => "rejected"
  )
  assert.strictEqual(outcome, "rejected")
}

describe("left behind", () => {
  it("a second worker on the folder of a living one is refused and names it", async () => {
    const first = await startWorker()
    const error = await refusal()
    assert.strictEqual(error.reason, "InUse")
    assert.include(error.message, `in use by another worker or collector, process ${first.pid} `)
    // Neither the server nor the lock of the first has been touched.
    assert.deepStrictEqual(await query(first.address, (sql) => sql`SELECT 1 AS one`), [{ one: 1 }])
    assert.strictEqual((await refusal()).reason, "InUse")
  })

  it("a killed worker's server is ended and its data is kept", async () => {
    const first = await startWorker()
    await remember(first.address)
    const orphan = serverPid() ?? 0
    await endWorker(first, "SIGKILL")
    assert.isTrue(await runs(orphan))
    const second = await startWorker()
    assert.isFalse(await runs(orphan))
    assert.include(second.output.join("\n"), `left behind, process ${orphan}`)
    assert.deepStrictEqual(await recall(second.address), [{ text: "kept" }])
  })

  it("a killed worker and its killed server", async () => {
    const first = await startWorker()
    await remember(first.address)
    const server = serverPid() ?? 0
    await endWorker(first, "SIGKILL")
    process.kill(server, "SIGKILL")
    const second = await startWorker()
    assert.deepStrictEqual(await recall(second.address), [{ text: "kept" }])
  })

  it("marks whose numbers belong to other programs by now, which are left alone", async () => {
    const first = await startWorker()
    await endWorker(first, "SIGTERM")
    // It runs as the database's user, so that PostgreSQL would take it for one of its servers.
    const { uid, gid } = statSync(inFolder("data"))
    const bystander = spawn("sleep", ["600"], isRoot ? { uid, gid } : {})
    try {
      await once(bystander, "spawn")
      writeFileSync(inFolder("data", "postmaster.pid"), `${bystander.pid}\n${inFolder("data")}\n`)
      chownSync(inFolder("data", "postmaster.pid"), uid, gid)
      writeFileSync(inFolder("lock.1"), JSON.stringify({ pid: bystander.pid, identity: "started at another time" }))
      const second = await startWorker()
      assert.deepStrictEqual(await query(second.address, (sql) => sql`SELECT 1 AS one`), [{ one: 1 }])
      assert.isTrue(await runs(bystander.pid ?? 0))
      assert.isNull(bystander.exitCode)
    } finally {
      bystander.kill("SIGKILL")
    }
  })

  it("half a database, half a lock, a lost password", async () => {
    mkdirSync(inFolder("data.new", "base"), { recursive: true })
    writeFileSync(inFolder("lock.1"), '{"pid":')
    const first = await startWorker()
    await remember(first.address)
    await endWorker(first, "SIGTERM")
    assert.sameMembers(readdirSync(inFolder()), ["data", "lock.2", "password", "port", "postgres.log"])
    rmSync(inFolder("password"))
    const second = await startWorker()
    assert.notStrictEqual(second.address.password, first.address.password)
    assert.deepStrictEqual(await recall(second.address), [{ text: "kept" }])
    await assertRejects(recall({ ...second.address, password: first.address.password }))
  })
})

describe("refused with a remedy", () => {
  it("data of another major version", async () => {
    const first = await startWorker()
    await endWorker(first, "SIGTERM")
    writeFileSync(inFolder("data", "PG_VERSION"), "17\n")
    const error = await refusal()
    assert.strictEqual(error.reason, "ForeignData")
    assert.match(error.message, /holds the data of PostgreSQL 17, this installation has PostgreSQL 18: .*DATA_DIR/)
  })

  it("a folder with something else in it", async () => {
    mkdirSync(inFolder("data"), { recursive: true })
    writeFileSync(inFolder("data", "precious"), "")
    const error = await refusal()
    assert.strictEqual(error.reason, "ForeignData")
    assert.isTrue(existsSync(inFolder("data", "precious")))
  })

  it("a path through a file", async () => {
    writeFileSync(join(dataDir, "file"), "")
    const error = await refusal(join(dataDir, "file"))
    assert.strictEqual(error.reason, "Unwritable")
    assert.include(error.message, "ENOTDIR")
  })

  it.runIf(isRoot)("a folder that the worker may not write", async () => {
    chmodSync(dataDir, 0o555)
    const message = await startWorker(UNPRIVILEGED).then(
      () => "started",
      (error: Error) => error.message
    )
    assert.match(
      message,
      /can't make .*: no permission \(EACCES\): give the worker's user write access, or set DATA_DIR/
    )
  })

  it.runIf(isRoot)("a full disk", async () => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", dataDir], { stdio: "ignore" })
    } catch {
      return // Without the right to mount there is nothing to test.
    }
    try {
      const error = await refusal()
      assert.strictEqual(error.reason, "Unwritable")
      assert.match(error.message, /the disk is full \(ENOSPC\): make room, or set DATA_DIR/)
      assert.deepStrictEqual(readdirSync(inFolder()), ["lock.1"])
    } finally {
      execFileSync("umount", [dataDir])
    }
  })
})

describe.runIf(isRoot)("users", () => {
  it("an ordinary user", async () => {
    chownSync(dataDir, UNPRIVILEGED, UNPRIVILEGED)
    const first = await startWorker(UNPRIVILEGED)
    await remember(first.address)
    assert.strictEqual(statSync(inFolder("data")).uid, UNPRIVILEGED)
    await endWorker(first, "SIGKILL")
    // Root continues as the owner of the data.
    const second = await startWorker()
    assert.deepStrictEqual(await recall(second.address), [{ text: "kept" }])
    assert.strictEqual(await endWorker(second, "SIGTERM"), 0)
    assert.strictEqual(statSync(inFolder("data")).uid, UNPRIVILEGED)
  })

  it("root in a folder that only root may enter", async () => {
    chmodSync(dataDir, 0o700)
    const first = await startWorker()
    await remember(first.address)
    assert.strictEqual(await endWorker(first, "SIGTERM"), 0)
    const second = await startWorker()
    assert.deepStrictEqual(await recall(second.address), [{ text: "kept" }])
  })
})
