/** `npm run document`: brings the tables of docs/configuration.md up to date. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { replaceSection } from "../harness/Section.ts"
import { reference } from "./Reference.ts"

NodeRuntime.runMain(
  replaceSection(new URL("../../docs/configuration.md", import.meta.url).pathname, "variables", reference())
)
