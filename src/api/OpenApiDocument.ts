/**
 * Completes the generated OpenAPI document: numeric types of URL parameters, descriptions of
 * parameters, and the responses of the guard that precedes every route.
 */
import { Schema } from "effect"
import { HttpApi, type HttpApiGroup, type OpenApi } from "effect/http-api"

type Json = Readonly<Record<string, unknown>>

/** JSON Schemas of decoded parameters, by operation (`GET /streams/{stream}`) and name. */
const valuesOf = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>
): ReadonlyMap<string, Json> => {
  const values = new Map<string, Json>()
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      for (const part of [endpoint.params, endpoint.query, endpoint.headers]) {
        if (part === undefined) continue
        const { schema } = Schema.toJsonSchemaDocument(Schema.toType(part))
        for (const [name, value] of Object.entries((schema["properties"] ?? {}) as Record<string, Json>)) {
          values.set(`${endpoint.method} ${endpoint.path.replaceAll(/:(\w+)/g, "{$1}")} ${name}`, value)
        }
      }
    }
  })
  return values
}

/**
 * Every URL parameter is generated as text. A time stays text, because clients write it as text.
 */
const isNumber = (value: Json | undefined, written: object): value is Json =>
  (value?.["type"] === "integer" || value?.["type"] === "number") && !("format" in written)

const PROBLEM = {
  type: "object",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" }
  },
  required: ["type", "title", "status"]
}

const refusal = (description: string): OpenApi.OpenApiSpecResponse => ({
  description,
  content: { "application/problem+json": { schema: PROBLEM } }
})

/** Responses of every operation. */
const REFUSALS: OpenApi.OpenAPISpecResponses = {
  401: refusal("API_TOKEN is set, and the request does not contain it"),
  403: refusal("The request comes from another site, or this server withholds the data or refuses changes"),
  414: refusal("Path and query are longer than 8192 characters"),
  421: refusal("The Host header is not a host name that this server serves"),
  429: refusal(
    "Too many wrong tokens came from the client's network, or too many clients are connected to the live updates"
  )
}

/** Responses of operations with a body. */
const BODY_REFUSALS: OpenApi.OpenAPISpecResponses = {
  413: refusal("The body is longer than 4 KiB"),
  415: refusal("The body is not application/json")
}

/** The transformation for `OpenApi.annotations`. */
export const documented =
  <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  (document: Record<string, unknown>): Record<string, unknown> => {
    // The generator returns this type.
    const spec = document as unknown as OpenApi.OpenAPISpec
    const values = valuesOf(api)
    for (const [path, item] of Object.entries(spec.paths)) {
      for (const [method, operation] of [
        ["GET", item.get],
        ["PUT", item.put],
        ["DELETE", item.delete]
      ] as const) {
        if (operation === undefined) continue
        operation.responses = { ...REFUSALS, ...(method === "PUT" ? BODY_REFUSALS : {}), ...operation.responses }
        operation.security = [{}, { token: [] }]
        for (const parameter of operation.parameters) {
          const value = values.get(`${method} ${path} ${parameter.name}`)
          if (isNumber(value, parameter.schema)) parameter.schema = value
          const { description, ...schema } = parameter.schema as { readonly description?: string }
          if (description === undefined) continue
          parameter.description = description
          parameter.schema = schema
        }
      }
    }
    spec.components.securitySchemes = { token: { type: "http", scheme: "bearer" } }
    return document
  }
