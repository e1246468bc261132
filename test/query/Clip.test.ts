import { assert, describe, it } from "@effect/vitest"
import type { ClipSettings } from "../../src/domain/ClipSettings.ts"
import { clipOf, hours } from "../../src/query/Clip.ts"
import { Random } from "../harness/Random.ts"
import { momentOf } from "../contract/ResultStoreContract.ts"

const BASE = Date.UTC(2026, 0, 31, 18)
/** UTF-16 code units that addresses treat in a way of their own, and halves of a pair. */
const UNITS = [..."ab./\\?#%&=+@:{}<> \u0000\n\u202E\uFFFD"].map((unit) => unit.charCodeAt(0)).concat([0xd83d, 0xde00])

const SETTINGS: ClipSettings = { leadMs: 10_000, lengthMs: 30_000, vodUrl: undefined }

/** A moment whose peak is at `peakMs`, in a broadcast that began at `startMs`. */
const moment = (peakMs: number, startMs: number | null, stream = "alpha") => {
  const metadata = {
    ...momentOf().metadata,
    peak_start: new Date(peakMs).toISOString(),
    broadcast_start: startMs === null ? null : new Date(startMs).toISOString()
  }
  return {
    id: "1",
    stream_id: stream,
    timestamp: peakMs - 10_000,
    ended_at: null,
    moment_type: "hype",
    description: null,
    intensity: 1,
    detected_at: null,
    content: null,
    feedback: null,
    metadata
  }
}

const urlOf = (vodUrl: string, stream = "alpha", startMs: number | null = BASE) =>
  clipOf({ ...SETTINGS, vodUrl }, moment(BASE + 5_045_000, startMs, stream)).url

describe("a clip", () => {
  it("begins a third of its length before the event, which is a lead before the peak of the chat", () => {
    const peak = BASE + 5_025_000
    assert.deepStrictEqual(clipOf(SETTINGS, moment(peak, BASE)), {
      offset_seconds: 5005,
      peak_seconds: 5025,
      in: peak - 20_000,
      out: peak + 10_000,
      peak,
      url: null
    })
  })

  it("has no offset if the start of the broadcast is not known", () => {
    const peak = BASE + 5_025_000
    const clip = clipOf(SETTINGS, moment(peak, null))
    assert.deepStrictEqual([clip.offset_seconds, clip.peak_seconds, clip.in], [null, null, peak - 20_000])
    const { metadata: _, ...rest } = moment(peak, null)
    const old = clipOf(SETTINGS, { ...rest, metadata: null })
    assert.strictEqual(old.peak, rest.timestamp)
  })

  it("is within its broadcast, has its length, and its offset is its beginning's", () => {
    const random = new Random(7)
    for (let run = 0; run < 1000; run++) {
      const leadMs = random.between(0, 120_000)
      const lengthMs = random.between(1000, random.pick([2000, 60_000, 3_600_000]))
      const peakMs = random.between(0, random.pick([1000, 100_000, 100_000_000]))
      const clip = clipOf({ leadMs, lengthMs, vodUrl: "https://v/{offset}" }, moment(BASE + peakMs, BASE))
      assert.isAtLeast(clip.in, BASE)
      assert.strictEqual(clip.out - clip.in, lengthMs)
      assert.strictEqual(clip.offset_seconds, Math.floor((clip.in - BASE) / 1000))
      assert.strictEqual(clip.url, `https://v/${clip.offset_seconds}`)
      // The event is in the clip unless the broadcast begins too late for it.
      const event = BASE + peakMs - leadMs
      if (event >= BASE) assert.isTrue(clip.in <= event && event < clip.out)
    }
  })

  it("links to the recording, whatever the stream is called", () => {
    assert.strictEqual(urlOf("https://vod.example/{stream}?t={offset}"), "https://vod.example/alpha?t=5025")
    assert.strictEqual(urlOf("https://vod.example/{stream}?t={offset_hms}"), "https://vod.example/alpha?t=1h23m45s")
    assert.strictEqual(
      urlOf("https://vod.example/{stream}/", "a/b?c=1#d%20e"),
      "https://vod.example/a%2Fb%3Fc%3D1%23d%2520e/"
    )
    assert.strictEqual(urlOf("https://vod.example/{stream}", "{offset}"), "https://vod.example/%7Boffset%7D")
    for (const dots of [".", ".."]) assert.isNull(urlOf("https://vod.example/{stream}/x", dots))
    assert.isNull(urlOf("https://vod.example/?t={offset}", "alpha", null))
    assert.strictEqual(urlOf("https://vod.example/{stream}", "alpha", null), "https://vod.example/alpha")
    const random = new Random(8)
    for (let run = 0; run < 1000; run++) {
      const units = Array.from({ length: random.between(1, 20) }, () => random.among(UNITS) ?? 0)
      const name = String.fromCharCode(...units)
      if (/^\.{1,2}$/.test(name)) continue
      const url = new URL(urlOf("https://vod.example/{stream}/x?t={offset}", name) ?? "")
      assert.strictEqual(url.host, "vod.example")
      assert.strictEqual(decodeURIComponent(url.pathname), `/${name.toWellFormed()}/x`)
      assert.strictEqual(url.search, "?t=5025")
    }
  })

  it.each([
    [0, "0h0m0s"],
    [59, "0h0m59s"],
    [5025, "1h23m45s"],
    [360_000, "100h0m0s"]
  ])("writes %i seconds as %s", (seconds, text) => assert.strictEqual(hours(seconds), text))
})
