/**
 * Refuses query parameters and properties of a body that an endpoint does not have, and names the
 * nearest known parameter.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
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

/** Why a body is refused; `undefined` if all of its properties are known, or if it is no object. */
const bodyRefusalOf = (body: unknown, known: ReadonlyArray<string>): string | undefined => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined
  const name = Object.keys(body).find((key) => !known.includes(key))
  return name === undefined
    ? undefined
    : `${name.slice(0, MOST_SHOWN)}: unknown property. The properties are ${known.join(", ")}`
}

/** The names of the properties of an endpoint's body; `undefined` without one. */
const bodyOf = ({ payload }: Pick<HttpApiEndpoint.Top, "payload">): ReadonlyArray<string> | undefined => {
  const [first] = payload.values()
  const [schema] = first?.schemas ?? []
  return schema === undefined ? undefined : namesIn(schema)
}

const namesOf = (endpoint: Pick<HttpApiEndpoint.Top, "payload" | "query">) => ({
  query: namesIn(endpoint.query),
  body: bodyOf(endpoint)
})

export const layer = Layer.sync(KnownParameters, () => {
  const known = new WeakMap<object, ReturnType<typeof namesOf>>()
  return Effect.fnUntraced(function* (handled, { endpoint }) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { url } = request
    const names = known.get(endpoint) ?? namesOf(endpoint)
    known.set(endpoint, names)
    const start = url.indexOf("?")
    const detail = start === -1 ? undefined : refusalOf(url.slice(start), names.query)
    if (detail !== undefined) return yield* new BadRequest({ detail })
    if (names.body !== undefined) {
      // The request keeps its body. The endpoint reports one that cannot be read.
      const body = yield* Effect.option(request.json)
      const refused = Option.isNone(body) ? undefined : bodyRefusalOf(body.value, names.body)
      if (refused !== undefined) return yield* new BadRequest({ detail: refused })
    }
    return yield* handled
  })
})
