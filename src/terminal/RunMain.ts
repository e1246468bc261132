/** Runs the main effect until it ends or a signal requests the end. */
import { Runtime } from "effect"

/**
 * A closed terminal sends SIGHUP, Ctrl-\ sends SIGQUIT, and Ctrl-Break of a Windows console sends
 * SIGBREAK, which other systems never send.
 */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK"] as const

/**
 * Handles more signals than `NodeRuntime.runMain`. The system's default would end the process at
 * once and leave the embedded PostgreSQL running. Only the first signal counts: a terminal sends
 * Ctrl-C to npm and to the worker, and npm forwards it again.
 */
export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  let isStopping = false
  const stop = () => {
    if (isStopping) return
    isStopping = true
    fiber.interruptUnsafe(fiber.id)
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  fiber.addObserver((exit) => {
    for (const signal of SIGNALS) process.off(signal, stop)
    teardown(exit, (code) => {
      // Without a signal and without an error the process ends once its output is written.
      if (isStopping || code !== 0) process.exit(code)
    })
  })
})
