/** The sensitivity and the verdicts of the fixture: kept in memory, applied at once. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../../../src/api/Api.ts"
import { NotFound } from "../../../src/api/Problems.ts"
import type { Verdict } from "../../../src/api/Moments.ts"
import type { OverrideItem } from "../../../src/api/Sensitivity.ts"

export class Settings {
  readonly verdicts = new Map<string, Verdict>()
  overrides: ReadonlyArray<OverrideItem> = []
  #version = 0

  /** The windows that end after `lastEndMs` follow the change. */
  change(
    { moment_type, stream_id }: Pick<OverrideItem, "moment_type" | "stream_id">,
    threshold: number | null,
    lastEndMs: number
  ) {
    const version = String(++this.#version)
    const kept = this.overrides.filter((each) => each.stream_id !== stream_id || each.moment_type !== moment_type)
    const set = { stream_id, moment_type, version, set_at: lastEndMs }
    this.overrides = threshold === null ? kept : [...kept, { ...set, threshold }]
    return { ...set, threshold, tasks: [{ source_partition: 0, applied_version: version, from_end: lastEndMs }] }
  }
}

export const sensitivity = (settings: Settings, lastEnd: () => number) =>
  HttpApiBuilder.group(Api, "sensitivity", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        list: ({ query }) =>
          Effect.sync(() => ({
            items: settings.overrides.filter(
              ({ stream_id }) => query.stream === undefined || stream_id === null || stream_id === query.stream
            ),
            next: null,
            standard: 3
          })),
        set: ({ payload }) => Effect.sync(() => settings.change(payload, payload.threshold, lastEnd())),
        remove: ({ query }) =>
          Effect.sync(() =>
            settings.change({ stream_id: query.stream ?? null, moment_type: query.type ?? null }, null, lastEnd())
          ),
        version: () => Effect.fail(new NotFound({ detail: "the fixture applies versions at once" }))
      })
    )
  )
