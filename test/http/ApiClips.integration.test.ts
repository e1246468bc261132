import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { MomentDetail, MomentItem } from "../../src/api/Moments.ts"
import { momentOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { clipOf, iso } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"
import { itemsOf, request } from "../harness/Request.ts"

type Item = typeof MomentItem.Encoded

const CLIP = { leadMs: 5000, lengthMs: 60_000, vodUrl: "https://vod.example/{stream}?t={offset_hms}" }

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("clips", (it) => {
  it.effect("are cut by the server's settings in the list, in one moment and in a file, and link if they can", () =>
    withApi(
      ({ api, replica }) =>
        Effect.gen(function* () {
          const moment = momentOf({
            stream: "a/b",
            timestampMs: EventTimeMs(T0),
            metadata: { ...momentOf().metadata, peak_start: iso(T0 + 3_700_000), broadcast_start: iso(T0) }
          })
          const unknownStart = momentOf({
            stream: "unknown",
            metadata: { ...momentOf().metadata, broadcast_start: null }
          })
          yield* (yield* startTask()).commit({ moments: [moment, unknownStart] })
          const expected: Item["clip"] = {
            offset_seconds: 3675,
            peak_seconds: 3700,
            in: iso(T0 + 3_675_000),
            out: iso(T0 + 3_735_000),
            peak: iso(T0 + 3_700_000),
            url: "https://vod.example/a%2Fb?t=1h1m15s"
          }
          const [item] = yield* itemsOf<Item>(`${api.url}/moments?stream=a/b`)
          assert.deepStrictEqual(item?.clip, expected)
          const { body } = yield* request<typeof MomentDetail.Encoded>(`${api.url}/moments/${item?.id}`)
          assert.deepStrictEqual(body.moment.clip, expected)
          const [unknown] = yield* itemsOf<Item>(`${api.url}/moments?stream=unknown`)
          assert.isNull(unknown?.clip.offset_seconds)
          assert.isNull(unknown?.clip.url)
          const file = yield* Effect.promise(() =>
            fetch(`${api.url}/moments?stream=a/b&format=csv`).then((r) => r.text())
          )
          const [header = "", line = ""] = file.split("\r\n")
          const cells = line.split(",")
          const cell = (name: string) => cells.at(header.split(",").indexOf(name) - header.split(",").length)
          assert.strictEqual(cell("clip_offset_seconds"), "3675")
          // Another server has its own settings.
          const [other] = yield* itemsOf<Item>(`${(yield* replica()).url}/moments?stream=unknown`)
          assert.deepStrictEqual(other?.clip, clipOf(unknownStart))
        }),
      { clip: CLIP }
    )
  )
})
