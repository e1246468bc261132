/** Links that download a list as a file. */
import { apiUrl, type Query } from "../api/Client.ts"

const FORMATS = [
  ["csv", "CSV"],
  ["ndjson", "NDJSON"]
] as const

/** The whole list, whatever part of it is shown. */
export const Download = ({
  path,
  query = {},
  what
}: {
  readonly path: string
  readonly query?: Query
  /** The name of the list for screen readers, for example "the moments". */
  readonly what: string
}) => (
  <p class="download">
    Download{" "}
    {FORMATS.map(([format, label]) => (
      <a key={format} href={apiUrl(path, { ...query, format })} download="">
        {label}
        <span class="hidden"> of {what}</span>
      </a>
    ))}
  </p>
)
