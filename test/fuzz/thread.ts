/** Plays the seeds that it receives: hostile records through the worker's core. */
import { parentPort } from "node:worker_threads"
import { runSeed } from "./Iteration.ts"

parentPort?.on("message", (seed: number) => parentPort?.postMessage(runSeed(seed)))
