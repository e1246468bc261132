/**
 * The API's documentation as one HTML page without a script, rendered from the OpenAPI document. It
 * works offline and loads only its style.
 */
import type { OpenApi } from "effect/http-api"
import { DOCS_STYLE_PATH } from "./ApiDocsStyle.ts"

type Json = Readonly<Record<string, unknown>>

interface Operation {
  readonly method: string
  readonly path: string
  readonly spec: OpenApi.OpenAPISpecOperation
}

const METHODS = ["get", "put", "post", "delete"] as const

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/** Text with `code` in backquotes. */
const prose = (text: string): string => escape(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>")

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null

const operationsIn = ({ paths }: OpenApi.OpenAPISpec): ReadonlyArray<Operation> =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const spec = item[method]
      return spec === undefined ? [] : [{ method: method.toUpperCase(), path, spec }]
    })
  )

/** Longer lists of values are cut. */
const MOST_VALUES = 12

/** A schema in one line: `integer, 1 to 500, default 50`. */
const typeOf = (schema: unknown, definitions: Json): string => {
  if (!isObject(schema)) return "any"
  const { $ref, anyOf, default: standard, enum: values, format, maximum, minimum, type } = schema
  if (typeof $ref === "string") return typeOf(definitions[$ref.replace(/^.*\//, "")], definitions)
  if (Array.isArray(values)) {
    const shown = values.slice(0, MOST_VALUES).map(String).join(" | ")
    return `${shown}${values.length > MOST_VALUES ? " | …" : ""}${standard === undefined ? "" : `, default ${String(standard)}`}`
  }
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map((member) => typeOf(member, definitions)))].join(" or ")
  if (type === "array") return `list of ${typeOf(schema["items"], definitions)}`
  const parts = [format === "date-time" ? "time" : typeof type === "string" ? type : "any"]
  if (minimum !== undefined && maximum !== undefined) parts.push(`${String(minimum)} to ${String(maximum)}`)
  if (standard !== undefined) parts.push(`default ${String(standard)}`)
  return parts.join(", ")
}

interface Field {
  readonly name: string
  readonly type: string
  readonly description: string
}

/** Deeper fields are in the OpenAPI document. */
const DEEPEST = 4

/** The fields of a response, those of its items and objects after it: `items[].metadata.people`. */
const fieldsIn = (schema: unknown, definitions: Json, name: string, depth: number): ReadonlyArray<Field> => {
  if (!isObject(schema) || depth > DEEPEST) return []
  const { $ref, anyOf, items, properties } = schema
  if (typeof $ref === "string") return fieldsIn(definitions[$ref.replace(/^.*\//, "")], definitions, name, depth)
  if (Array.isArray(anyOf)) return anyOf.flatMap((member) => fieldsIn(member, definitions, name, depth))
  if (items !== undefined) return fieldsIn(items, definitions, `${name}[]`, depth)
  if (!isObject(properties)) return []
  return Object.entries(properties).flatMap(([key, field]) => {
    const path = name === "" ? key : `${name}.${key}`
    const description = isObject(field) && typeof field["description"] === "string" ? field["description"] : ""
    return [
      { name: path, type: typeOf(field, definitions), description },
      ...fieldsIn(field, definitions, path, depth + 1)
    ]
  })
}

const rowOf = ([first = "", ...others]: ReadonlyArray<string>): string =>
  `<tr><th scope="row"><code>${first}</code></th>${others.map((cell) => `<td>${cell}</td>`).join("")}</tr>`

/** The titles and cells are HTML. */
const table = (caption: string, titles: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  if (rows.length === 0) return ""
  const head = titles.map((title) => `<th scope="col">${title}</th>`).join("")
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escape(caption)}">
<table><caption>${escape(caption)}</caption>
<thead><tr>${head}</tr></thead><tbody>${rows.map(rowOf).join("")}</tbody></table></div>`
}

const idOf = ({ method, path }: Operation): string =>
  `${method}${path}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")

/** A value that a body may hold. A text is the name of its property. */
const valueOf = (schema: unknown, definitions: Json, name: string): unknown => {
  if (!isObject(schema)) return null
  const { $ref, anyOf, enum: values, minimum, properties, type } = schema
  if (typeof $ref === "string") return valueOf(definitions[$ref.replace(/^.*\//, "")], definitions, name)
  if (Array.isArray(anyOf)) return valueOf(anyOf[0], definitions, name)
  if (Array.isArray(values)) return values[0]
  if (isObject(properties)) {
    return Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, valueOf(field, definitions, key)]))
  }
  return type === "string" ? name : (minimum ?? null)
}

/** A path without required parameters can be opened as a link. */
const example = ({ method, path, spec }: Operation, definitions: Json): string => {
  const required = spec.parameters.filter(({ in: place, required }) => place === "query" && required)
  const query = required.map(({ name }) => `${name}=${name.toUpperCase()}`).join("&")
  const url = `http://127.0.0.1:4040${path.replaceAll(/[{}]/g, "")}${query === "" ? "" : `?${query}`}`
  const schema = spec.requestBody?.content["application/json"]?.schema
  const body =
    schema === undefined
      ? ""
      : ` -H 'Content-Type: application/json' -d '${JSON.stringify(valueOf(schema, definitions, ""))}'`
  const command = `curl ${method === "GET" ? "" : `-X ${method} `}'${url}'${body}`
  const isLink = method === "GET" && !path.includes("{") && required.length === 0
  const link = isLink ? `<p><a href="${escape(path)}">Open ${escape(path)}</a></p>` : ""
  return `<pre tabindex="0" aria-label="Example">${escape(command)}</pre>${link}`
}

const section = (operation: Operation, definitions: Json): string => {
  const { method, path, spec } = operation
  const parameters = spec.parameters.map(({ description = "", in: place, name, required, schema }) => [
    escape(name),
    escape(`${place}${required ? ", required" : ""}`),
    escape(typeOf(schema, definitions)),
    prose(description)
  ])
  const success = Object.entries(spec.responses).find(([status]) => status.startsWith("2"))?.[1]
  const json = success?.content?.["application/json"]?.schema
  const fields = fieldsIn(json, definitions, "", 0).map(({ description, name, type }) => [
    escape(name),
    escape(type),
    prose(description)
  ])
  const statuses = Object.entries(spec.responses).map(([status, { content = {}, description }]) => [
    escape(status),
    escape(Object.keys(content).join(", ")),
    prose(description)
  ])
  return `<section aria-labelledby="${idOf(operation)}">
<h3 id="${idOf(operation)}">${escape(spec.summary ?? path)}</h3>
<p class="path"><strong>${method}</strong> <code>${escape(path)}</code></p>
${spec.description === undefined ? "" : `<p>${prose(spec.description)}</p>`}
${table(`Parameters of ${method} ${path}`, ["Name", "In", "Type", "Meaning"], parameters)}
${fields.length === 0 ? "" : `<details><summary>Fields of the response</summary>${table(`Fields of ${method} ${path}`, ["Name", "Type", "Meaning"], fields)}</details>`}
<details><summary>Statuses</summary>${table(`Statuses of ${method} ${path}`, ["Status", "Content", "Meaning"], statuses)}</details>
${example(operation, definitions)}
</section>`
}

/** Renders the page. `documentPath` is the path of the OpenAPI document. */
export const apiDocsPage = (spec: OpenApi.OpenAPISpec, documentPath: string): string => {
  const operations = operationsIn(spec)
  const definitions: Json = spec.components.schemas
  const groups = Map.groupBy(operations, ({ spec }) => spec.tags[0] ?? "")
  const contents = [...groups].map(
    ([tag, group]) =>
      `<li>${escape(tag)}<ul>${group
        .map(
          (operation) =>
            `<li><a href="#${idOf(operation)}">${escape(operation.spec.summary ?? operation.path)}</a></li>`
        )
        .join("")}</ul></li>`
  )
  const sections = [...groups].map(
    ([tag, group]) => `<h2>${escape(tag)}</h2>${group.map((operation) => section(operation, definitions)).join("\n")}`
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Telemetra</title>
<link rel="stylesheet" href="${DOCS_STYLE_PATH}">
</head>
<body>
<header><a href="/">‹ Back to Telemetra</a> <a href="${documentPath}">OpenAPI document</a></header>
<main>
<h1>${escape(spec.info.title)}: HTTP API</h1>
<p>${prose(spec.info.description ?? "")}</p>
<nav aria-label="Contents"><ul>${contents.join("")}</ul></nav>
${sections.join("\n")}
</main>
</body>
</html>
`
}
