/** `node bench/scaling/render.ts`: writes docs/scaling.md and its picture anew from the results that are kept. */
import { NodeRuntime } from "@effect/platform-node"
import { render } from "./Publish.ts"

NodeRuntime.runMain(render)
