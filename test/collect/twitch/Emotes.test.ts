import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { emotesOf } from "../../../src/collect/twitch/Emotes.ts"

const NONE: ReadonlySet<string> = new Set()
const LISTS: ReadonlySet<string> = new Set(["catJAM", "Kappa", ":)"])

const word = Schema.Literals(["Kappa", "catJAM", "hi", "👏", "é漢", "🇩🇪", ":)", "Kappa!", "x👏x"])

describe("emotesOf", () => {
  it.each([
    ["Kappa Keepo Kappa", "25:0-4,12-16/1902:6-10", ["Kappa", "Keepo", "Kappa"]],
    ["hi", "", []],
    // Code points, not code units.
    ["👏👏 Kappa", "25:3-7", ["Kappa"]],
    ["𝚫𝑣𝚫𝑣𝚫𝑣 :) was here", "1:7-8", [":)"]],
    ["Då kan du Kappa", "25:10-14", ["Kappa"]],
    ["é́ Kappa", "25:3-7", ["Kappa"]],
    ["x👏y", "emotesv2_dc24652ada1e4c84a5e3ceebae4de709:0-2", ["x👏y"]]
  ])("%j with %j", (text, tag, expected) => {
    assert.deepStrictEqual(emotesOf(text, tag, NONE), expected)
  })

  it.each([
    "25:1-5",
    "25:40-44",
    "25:0-5",
    "25:4-0",
    "25:-1-4",
    "25:0",
    "25:0-",
    "25:a-b",
    "25",
    ":",
    "/",
    "25:,/:",
    "25:0-99999999999999999999",
    "25:1.5-4"
  ])("leaves out the wrong place %j", (tag) => {
    assert.deepStrictEqual(emotesOf("Kappa x", tag, NONE), [])
  })

  it("keeps the right places among wrong and repeated ones", () => {
    assert.deepStrictEqual(emotesOf("Kappa hi Kappa", "25:0-4,0-4,2-4,9-13,10-14/x/7:0-1", NONE), ["Kappa", "Kappa"])
  })

  it("adds the words of other lists, in the order of the text, once each", () => {
    assert.deepStrictEqual(emotesOf("catJAM Kappa :) catJAMs  catJAM", "25:7-11", LISTS), [
      "catJAM",
      "Kappa",
      ":)",
      "catJAM"
    ])
    assert.deepStrictEqual(emotesOf("constructor __proto__", "", LISTS), [])
  })

  it.prop("finds every emote of a text once, wherever it is", [Schema.Array(word)], ([words]) => {
    const text = words.join(" ")
    let at = 0
    const places: Array<string> = []
    for (const one of words) {
      const length = [...one].length
      if (one === "Kappa" || one === "x👏x") places.push(`${at}-${at + length - 1}`)
      at += length + 1
    }
    assert.deepStrictEqual(
      emotesOf(text, places.length === 0 ? "" : `25:${places.toReversed().join(",")}`, LISTS),
      words.filter((one) => ["Kappa", "x👏x", "catJAM", ":)"].includes(one))
    )
  })

  it.prop("fails on no text and no tag", [Schema.String, Schema.String, Schema.Boolean], ([text, tag, isPlace]) => {
    const names = emotesOf(text, isPlace ? `1:${tag.length}-${text.length}` : tag, new Set([text]))
    for (const name of names) assert.include(text, name)
  })
})
