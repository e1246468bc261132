/** Handlers of the sensitivity. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { present } from "../../domain/Invariant.ts"
import { escapeControls } from "../../domain/EscapeControls.ts"
import { readOverrides, readVersion, setThreshold, type Setting } from "../../query/SensitivityRows.ts"
import { Tables } from "../../query/Tables.ts"
import { Api } from "../../api/Api.ts"
import { NotFound } from "../../api/Problems.ts"
import { OverrideItem } from "../../api/Sensitivity.ts"
import { authorOf } from "../Author.ts"
import { listed } from "../Export.ts"
import { Standard } from "../Standard.ts"

/** A change as one line of the log. */
const lineOf = ({ setBy, stream, threshold, type }: Setting, version: string): string =>
  `Sensitivity: version ${version} from ${setBy}: ` +
  `${threshold === null ? "no threshold of its own" : `threshold ${threshold}`} for ${type ?? "all types"}, ` +
  (stream === null ? "all streams" : `stream ${escapeControls(JSON.stringify(stream))}`)

export const sensitivity = HttpApiBuilder.group(
  Api,
  "sensitivity",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    const standard = yield* Standard

    const change = Effect.fnUntraced(function* (setting: Setting) {
      const { isNew, version } = yield* tables.write(setThreshold(setting))
      if (isNew) yield* Effect.logInfo(lineOf(setting, version))
      return present(yield* tables.query(readVersion(version)), "a stored version is not deleted")
    })

    return handlers.handleAll({
      list: ({ query, request }) =>
        listed(
          request,
          { name: "sensitivity", item: OverrideItem },
          query,
          (page) => tables.query(readOverrides(page)),
          Effect.succeed({ standard })
        ),
      set: ({ payload, request }) =>
        change({
          stream: payload.stream_id,
          type: payload.moment_type,
          threshold: payload.threshold,
          setBy: authorOf(request)
        }).pipe(
          // Only an override that is taken back can be missing.
          Effect.catchTag("NotFound", Effect.die)
        ),
      remove: ({ query, request }) =>
        change({
          stream: query.stream ?? null,
          type: query.type ?? null,
          threshold: null,
          setBy: authorOf(request)
        }),
      version: Effect.fnUntraced(function* ({ params }) {
        const found = yield* tables.query(readVersion(params.version))
        return found ?? (yield* new NotFound({ detail: "There is no such version" }))
      })
    })
  })
)
