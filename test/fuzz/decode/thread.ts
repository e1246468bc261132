/** Plays the seeds that it receives: batches through the decoder and its reference. */
import { parentPort } from "node:worker_threads"
import { runSeed } from "./Iteration.ts"

parentPort?.on("message", (seed: number) => parentPort?.postMessage(runSeed(seed)))
