/** One thing that must be right before the worker can run: what was found, and what to do. */
import { Cause, Duration, Effect, Runtime } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

export interface Finding {
  readonly name: string
  /** `skipped`: what it builds on is missing. */
  readonly status: "ok" | "warning" | "failure" | "skipped"
  readonly found: string
  /** What to do, where `found` does not say it. */
  readonly remedy: string | undefined
  /** Of a failure: with what `telemetra run` would end. */
  readonly exitCode: number
}

/** What a look gives: what was found, and the value for those that build on it. */
export type Look<A> =
  | { readonly status: "ok"; readonly found: string; readonly value: A }
  | { readonly status: "warning"; readonly found: string; readonly remedy: string | undefined; readonly value: A }
  | {
      readonly status: "failure"
      readonly found: string
      readonly remedy: string | undefined
      readonly exitCode: number
    }

export const fine = <A>(found: string, value: A): Look<A> => ({ status: "ok", found, value })
export const doubtful = <A>(found: string, remedy: string | undefined, value: A): Look<A> => ({
  status: "warning",
  found,
  remedy,
  value
})
export const wrong = (found: string, remedy: string | undefined, exitCode: number): Look<never> => ({
  status: "failure",
  found,
  remedy,
  exitCode
})

/** A finding, and its value where there is one to build on. */
export interface Checked<out A> {
  readonly finding: Finding
  readonly value: { readonly of: A } | undefined
}

/** The longest that one look may take. */
const PATIENCE = Duration.seconds(6)

const finding = (name: string, over: Partial<Finding> & Pick<Finding, "status" | "found">): Finding => ({
  name,
  remedy: undefined,
  exitCode: ExitCode.ok,
  ...over
})

/** Looks, within {@link PATIENCE}. A failure of the look is a finding; `remedy` goes with what can't be reached, which knows none of its own. */
export const check = <A, E, R>(
  name: string,
  remedy: string | undefined,
  look: Effect.Effect<Look<A>, E, R>
): Effect.Effect<Checked<A>, never, R> =>
  look.pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => Effect.succeed(wrong(`no answer within ${Duration.format(PATIENCE)}`, remedy, ExitCode.unavailable))
    }),
    Effect.catchCause((cause): Effect.Effect<Look<A>> => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
      const error = Cause.squash(cause)
      const exitCode = Runtime.getErrorExitCode(error)
      const found = error instanceof Error ? error.message : String(error)
      return Effect.succeed(wrong(found, exitCode === ExitCode.unavailable ? remedy : undefined, exitCode))
    }),
    Effect.map((seen) => ({
      finding: finding(name, seen.status === "ok" ? { status: "ok", found: seen.found } : withoutValue(seen)),
      value: seen.status === "failure" ? undefined : { of: seen.value }
    }))
  )

const withoutValue = (look: Exclude<Look<unknown>, { readonly status: "ok" }>) =>
  look.status === "failure" ? look : { status: look.status, found: look.found, remedy: look.remedy }

/** Looks once what it builds on has been found; else says what is missing. */
export const after = <A, B, E, R>(
  before: Checked<A>,
  name: string,
  remedy: string | undefined,
  look: (value: A) => Effect.Effect<Look<B>, E, R>
): Effect.Effect<Checked<B>, never, R> =>
  before.value === undefined
    ? Effect.succeed(skipped(name, before.finding.name))
    : check(name, remedy, look(before.value.of))

export const skipped = (name: string, because: string): Checked<never> => ({
  finding: finding(name, { status: "skipped", found: `not checked: ${because}` }),
  value: undefined
})

/** Both, for what builds on two. */
export const both = <A, B>(a: Checked<A>, b: Checked<B>): Checked<readonly [A, B]> => ({
  finding: a.value === undefined ? a.finding : b.finding,
  value: a.value === undefined || b.value === undefined ? undefined : { of: [a.value.of, b.value.of] }
})
