/** All platforms. A further one is a file that makes it, and a line here. */
import { Effect, type Scope } from "effect"
import type { HttpClient } from "effect/http"
import type { CollectConfig } from "../config/AppConfig.ts"
import type { Platform } from "./Platform.ts"
import * as Configured from "./twitch/Configured.ts"

/** Makes a platform from the configuration, without connecting. Its fibers end with the scope. */
type Make = (config: CollectConfig) => Effect.Effect<Platform, never, HttpClient.HttpClient | Scope.Scope>

const MAKERS: ReadonlyArray<Make> = [(config) => Configured.make(config.twitch)]

export const platforms = (config: CollectConfig) => Effect.forEach(MAKERS, (make) => make(config))
