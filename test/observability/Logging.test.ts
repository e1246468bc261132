import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Layer, Logger, Redacted } from "effect"
import { TestConsole } from "effect/testing"
import * as Logging from "../../src/observability/Logging.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly detail: string; readonly cause?: unknown }> {
  override get message() {
    return this.detail
  }
}

/** The lines that a program prints to standard output and standard error. */
const printed = (program: Effect.Effect<void>, log: Parameters<typeof Logging.layer>[0], isOnStderr = false) =>
  Effect.gen(function* () {
    yield* program.pipe(Effect.provide(Layer.merge(Logging.layer(log), Layer.succeed(Logger.LogToStderr, isOnStderr))))
    return { out: yield* TestConsole.logLines, err: yield* TestConsole.errorLines }
  }).pipe(Effect.provide(Layer.fresh(TestConsole.layer)))

const pretty = (program: Effect.Effect<void>) =>
  Effect.map(printed(program, { level: "Info", format: "pretty", stacks: false }), ({ out }) => out)

describe("pretty", () => {
  it.effect("for development a failure has its stack and its cause", () =>
    Effect.gen(function* () {
      const refused = new Refused({ detail: "not today", cause: new Error("the reason") })
      const log = Effect.logError("no", Cause.fail(refused))
      const { out } = yield* printed(log, { level: "Info", format: "pretty", stacks: true })
      for (const part of [/^ {4}.*at /m, /the reason/]) assert.match(String(out[0]), part)
      assert.notMatch(String((yield* pretty(log))[0]), /the reason|\bat /)
    })
  )

  it.effect("time, level, message, annotations", () =>
    Effect.gen(function* () {
      const lines = yield* pretty(
        Effect.logWarning("lost", 3, "records").pipe(Effect.annotateLogs({ topic: "chat", note: "two words", at: 5n }))
      )
      assert.deepStrictEqual(lines, ['1970-01-01T00:00:00.000Z WARN  lost 3 records topic=chat note="two words" at=5'])
    })
  )

  it.effect("hostile text can't look like a line of the log, move the cursor or turn the writing", () =>
    Effect.gen(function* () {
      const hostile = "a\n1970-01-01T00:00:00.000Z ERROR forged\r\u001b[2J\u0000\u009b\u202e\u2028b"
      const [line] = yield* pretty(Effect.logInfo(hostile).pipe(Effect.annotateLogs({ user: hostile, [hostile]: "x" })))
      const text = String(line)
      // oxlint-disable-next-line no-control-regex -- the pattern finds them
      assert.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/)
      for (const rest of text.split("\n").slice(1)) assert.match(rest, /^ {4}/)
      assert.include(text, String.raw`forged\u000d\u001b[2J\u0000\u009b\u202e\u2028b`)
      assert.include(text, String.raw`user="a\n1970`)
    })
  )

  it.effect("a failure is its message, a defect its stack", () =>
    Effect.gen(function* () {
      const [failure] = yield* pretty(
        Effect.logError("no answer", Cause.fail(new Refused({ detail: "the broker\nrefuses" })))
      )
      assert.strictEqual(failure, "1970-01-01T00:00:00.000Z ERROR no answer\n    the broker\n    refuses")
      const [defect] = yield* pretty(Effect.logError("crash", Cause.die(new Error("oh"))))
      assert.include(String(defect), "Error: oh\n        at ")
    })
  )
})

it.effect("json is an object a line", () =>
  Effect.gen(function* () {
    const { out } = yield* printed(Effect.logInfo("a\nb").pipe(Effect.annotateLogs("topic", "chat")), {
      level: "Info",
      format: "json",
      stacks: false
    })
    assert.strictEqual(out.length, 1)
    assert.notInclude(String(out[0]), "\n")
    const { message, level, timestamp, annotations } = JSON.parse(String(out[0]))
    assert.deepStrictEqual(
      { message, level, timestamp, annotations },
      { message: "a\nb", level: "INFO", timestamp: "1970-01-01T00:00:00.000Z", annotations: { topic: "chat" } }
    )
  })
)

for (const format of ["pretty", "json"] as const) {
  it.effect(`${format}: redacted values stay so`, () =>
    Effect.gen(function* () {
      const secret = Redacted.make("s3cr3t")
      const { out } = yield* printed(
        Effect.logInfo("config", { password: secret }, secret).pipe(Effect.annotateLogs("token", secret)),
        { level: "Info", format, stacks: false }
      )
      assert.strictEqual(out.length, 1)
      assert.notInclude(String(out[0]), "s3cr3t")
    })
  )
}

it.effect("the level decides what is logged, and a command may choose standard error", () =>
  Effect.gen(function* () {
    const program = Effect.logDebug("small").pipe(Effect.andThen(Effect.logWarning("great")))
    const { out, err } = yield* printed(program, { level: "Warn", format: "pretty", stacks: false }, true)
    assert.deepStrictEqual(out, [])
    assert.deepStrictEqual(err, ["1970-01-01T00:00:00.000Z WARN  great"])
    assert.deepStrictEqual(yield* printed(program, { level: "None", format: "pretty", stacks: false }), {
      out: [],
      err: []
    })
    assert.strictEqual((yield* printed(program, { level: "Trace", format: "pretty", stacks: false })).out.length, 2)
  })
)
