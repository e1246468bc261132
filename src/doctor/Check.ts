/** A check of one requirement of the worker: its finding, and the remedy. */
import { Cause, Duration, Effect, Runtime } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

export interface Finding {
  readonly name: string
  /** `skipped`: a check that it depends on failed. */
  readonly status: "ok" | "warning" | "failure" | "skipped"
  readonly found: string
  /** The remedy, if `found` does not contain it. */
  readonly remedy: string | undefined
  /** With a failure: the exit code of `telemetra run`. */
  readonly exitCode: number
}

/** The result of a probe, with the value for dependent checks. */
export type Observation<A> =
  | { readonly status: "ok"; readonly found: string; readonly value: A }
  | { readonly status: "warning"; readonly found: string; readonly remedy: string | undefined; readonly value: A }
  | {
      readonly status: "failure"
      readonly found: string
      readonly remedy: string | undefined
      readonly exitCode: number
    }

export const fine = <A>(found: string, value: A): Observation<A> => ({ status: "ok", found, value })
export const doubtful = <A>(found: string, remedy: string | undefined, value: A): Observation<A> => ({
  status: "warning",
  found,
  remedy,
  value
})
export const wrong = (found: string, remedy: string | undefined, exitCode: number): Observation<never> => ({
  status: "failure",
  found,
  remedy,
  exitCode
})

/** A finding, and its value unless it is a failure. */
export interface Checked<out A> {
  readonly finding: Finding
  readonly value: { readonly of: A } | undefined
}

/** The longest time of one probe. */
const PATIENCE = Duration.seconds(6)

const finding = (name: string, over: Partial<Finding> & Pick<Finding, "status" | "found">): Finding => ({
  name,
  remedy: undefined,
  exitCode: ExitCode.ok,
  ...over
})

/**
 * Runs the probe within {@link PATIENCE}. A failure of the probe is a finding. `remedy` is for
 * unreachable servers, whose errors contain none.
 */
export const check = <A, E, R>(
  name: string,
  remedy: string | undefined,
  probe: Effect.Effect<Observation<A>, E, R>
): Effect.Effect<Checked<A>, never, R> =>
  probe.pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => Effect.succeed(wrong(`no reply within ${Duration.format(PATIENCE)}`, remedy, ExitCode.unavailable))
    }),
    Effect.catchCause((cause): Effect.Effect<Observation<A>> => {
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

const withoutValue = (observed: Exclude<Observation<unknown>, { readonly status: "ok" }>) =>
  observed.status === "failure" ? observed : { status: observed.status, found: observed.found, remedy: observed.remedy }

/** Runs the probe with the value of the check before, or skips it after a failure. */
export const after = <A, B, E, R>(
  before: Checked<A>,
  name: string,
  remedy: string | undefined,
  probe: (value: A) => Effect.Effect<Observation<B>, E, R>
): Effect.Effect<Checked<B>, never, R> =>
  before.value === undefined
    ? Effect.succeed(skipped(name, before.finding.name))
    : check(name, remedy, probe(before.value.of))

export const skipped = (name: string, because: string): Checked<never> => ({
  finding: finding(name, { status: "skipped", found: `not checked: ${because}` }),
  value: undefined
})

/** Both values, for a check that depends on two. */
export const both = <A, B>(a: Checked<A>, b: Checked<B>): Checked<readonly [A, B]> => ({
  finding: a.value === undefined ? a.finding : b.finding,
  value: a.value === undefined || b.value === undefined ? undefined : { of: [a.value.of, b.value.of] }
})
