import { spawn } from "node:child_process"
import { once } from "node:events"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { commandLineOf, identityOf, isAlive } from "../../src/embedded/Processes.ts"

it.live("a process has an identity of its own, and none once it has ended", () =>
  Effect.gen(function* () {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
    yield* Effect.promise(() => once(child, "spawn"))
    const pid = child.pid ?? 0
    const identity = yield* identityOf(pid)
    assert.isDefined(identity)
    assert.strictEqual(yield* identityOf(pid), identity)
    assert.notStrictEqual(yield* identityOf(process.pid), identity)
    assert.include(yield* commandLineOf(pid), "setInterval(() => {}, 1000)")
    child.kill("SIGKILL")
    yield* Effect.promise(() => once(child, "exit"))
    assert.isUndefined(yield* identityOf(pid))
    assert.isUndefined(yield* commandLineOf(pid))
    assert.isFalse(isAlive(pid))
  })
)

it.live.skipIf(process.platform === "win32")(
  "an ended process whose parent has not waited for it has no identity",
  () =>
    Effect.gen(function* () {
      // The shell starts a child and becomes a program that never waits for it, so that the child
      // remains a zombie.
      const parent = spawn("sh", ["-c", "sh -c 'echo $$; exit 0' & exec sleep 600"])
      const [line] = yield* Effect.promise(() => once(parent.stdout, "data"))
      const pid = Number(String(line).trim())
      while ((yield* identityOf(pid)) !== undefined) yield* Effect.sleep("20 millis")
      const isStillListed = isAlive(pid)
      const command = yield* commandLineOf(pid)
      parent.kill("SIGKILL")
      assert.isTrue(isStillListed)
      assert.isUndefined(command)
    })
)
