/** Refuses query parameters that an endpoint does not have, and names the nearest known one. */
import { Effect, Layer, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import { KnownParameters } from "../api/Api.ts"
import { BadRequest } from "../api/Problems.ts"
import { nearestName } from "../config/NearestName.ts"

/** Names of an unknown parameter in a message are cut to this length. */
const MOST_SHOWN = 60

/** The names of an endpoint's parameters. */
const namesIn = (query: Schema.Top | undefined): ReadonlyArray<string> => {
  if (query === undefined) return []
  const properties = Schema.toJsonSchemaDocument(query).schema["properties"]
  return Object.keys(typeof properties === "object" && properties !== null ? properties : {})
}

/**
 * Returns why the query is refused; `undefined` if all of its parameters are known.
 *
 *     refusalOf("?lmit=5", ["limit"]) -> "lmit: unknown parameter; did you mean limit? ..."
 */
export const refusalOf = (search: string, known: ReadonlyArray<string>): string | undefined => {
  const name = [...new URLSearchParams(search).keys()].find((key) => !known.includes(key))
  if (name === undefined) return undefined
  const nearest = nearestName(name.toLowerCase(), known)
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`
  const list = known.length === 0 ? "This path has no parameters" : `The parameters are ${known.join(", ")}`
  return `${name.slice(0, MOST_SHOWN)}: unknown parameter${hint === "" ? "." : hint} ${list}`
}

export const layer = Layer.sync(KnownParameters, () => {
  const known = new WeakMap<object, ReadonlyArray<string>>()
  return Effect.fnUntraced(function* (handled, { endpoint }) {
    const { url } = yield* HttpServerRequest.HttpServerRequest
    const names = known.get(endpoint) ?? namesIn(endpoint.query)
    known.set(endpoint, names)
    const start = url.indexOf("?")
    const detail = start === -1 ? undefined : refusalOf(url.slice(start), names)
    if (detail !== undefined) return yield* new BadRequest({ detail })
    return yield* handled
  })
})
