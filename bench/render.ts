/** `node bench/render.ts`: writes docs/benchmarks.md and its picture anew from the results that are kept. */
import { NodeRuntime } from "@effect/platform-node"
import { render } from "./Publish.ts"

NodeRuntime.runMain(render)
