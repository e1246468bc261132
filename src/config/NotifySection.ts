/** NOTIFY_URLS and NOTIFY_SECRET: the targets of notifications, their filters and the signature. */
import { createHash } from "node:crypto"
import { Duration, Redacted, Result } from "effect"
import { present } from "../domain/Invariant.ts"
import { MomentType } from "../domain/Moment.ts"
import type { NotifyFilter } from "../domain/Notification.ts"
import type { NotifyConfig, NotifyTarget } from "./AppConfig.ts"
import type { Draft } from "./Draft.ts"

/** Each target has a fiber and a session's share of the database. */
const MOST_TARGETS = 20

const SHAPES = ["discord", "slack", "json"] as const

const FORM = "discord+https://..., slack+https://..., json+https://... or https://..."

interface Entry {
  readonly shape: NotifyTarget["shape"]
  readonly url: URL
  readonly filter: NotifyFilter
}

/** The percent-decoded text; `undefined` if it is not valid UTF-8. */
const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const isMomentType = (text: string): text is MomentType => MomentType.literals.some((type) => type === text)

/** `stream=a|b&type=raid&min=5`, all optional, as a filter; otherwise what is expected. */
const parseFilter = (text: string): Result.Result<NotifyFilter, string> => {
  let streams: ReadonlyArray<string> | undefined
  let types: ReadonlyArray<MomentType> | undefined
  let minIntensity = Number.NEGATIVE_INFINITY
  const seen = new Set<string>()
  for (const pair of text.split("&").filter((part) => part !== "")) {
    const [name = "", ...rest] = pair.split("=")
    if (seen.has(name)) return Result.fail(`one ${name} in its filter: join values by |`)
    seen.add(name)
    const values = rest.join("=").split("|").map(decode)
    const given = values.filter((value) => value !== undefined && value !== "") as ReadonlyArray<string>
    if (given.length < values.length) return Result.fail(`a value for ${name}: write % in a name as %25`)
    switch (name) {
      case "stream":
        streams = given
        break
      case "type":
        if (!given.every(isMomentType)) return Result.fail(`types among ${MomentType.literals.join(", ")}`)
        types = given
        break
      case "min":
        if (given.length !== 1 || !/^\d+(\.\d+)?$/.test(given[0] ?? ""))
          return Result.fail("a number as min, such as 5")
        minIntensity = Number(given[0])
        break
      default:
        return Result.fail("only stream, type and min in its filter, such as #stream=a|b&type=raid|hype&min=5")
    }
  }
  return Result.succeed({ streams, types, minIntensity })
}

/** One entry of NOTIFY_URLS, or what is expected. A failure never repeats a part of the URL. */
const parseEntry = (text: string): Result.Result<Entry, string> => {
  const [address = "", ...rest] = text.split("#")
  const [, shape = "json", plain = ""] = /^(?:([a-z]+)\+)?(https?:\/\/.*)$/i.exec(address) ?? []
  const known = SHAPES.find((name) => name === shape.toLowerCase())
  const url = known === undefined ? null : URL.parse(plain)
  if (known === undefined || url === null || url.hostname === "") return Result.fail(FORM)
  if (url.username !== "" || url.password !== "") return Result.fail("no user and password in it")
  if (rest.length > 1) return Result.fail("one # in it: write # in a name as %23")
  return Result.map(parseFilter(rest.join("")), (filter) => ({ shape: known, url, filter }))
}

/**
 * Entries of one shape and URL are one target with several filters. Its name in logs and metrics
 * has no secret part: paths and queries of webhooks are secret.
 */
const targetsOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<NotifyTarget> =>
  [...Map.groupBy(entries, ({ shape, url }) => `${shape}+${url.href}`)].map(([key, group], index) => {
    const { shape, url } = present(group[0], "a group has at least one entry")
    return {
      name: `${index + 1}-${url.hostname}`,
      shape,
      url: Redacted.make(url.href),
      rule: {
        target: createHash("sha256").update(key).digest("hex").slice(0, 32),
        filters: group.map(({ filter }) => filter)
      }
    }
  })

const entriesOf = (draft: Draft): ReadonlyArray<Entry> => {
  const { NOTIFY_URLS: urls } = draft.values
  if (urls === undefined) return []
  const texts = Redacted.value(urls)
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
  if (texts.length > MOST_TARGETS) draft.refuse("NOTIFY_URLS", `at most ${MOST_TARGETS} URLs`)
  return texts.flatMap((text, index) => {
    const entry = parseEntry(text)
    if (Result.isSuccess(entry)) return [entry.success]
    draft.refuse("NOTIFY_URLS", `in entry ${index + 1} of ${texts.length}: ${entry.failure}`)
    return []
  })
}

export const toNotify = (draft: Draft): NotifyConfig => {
  const { values } = draft
  const targets = targetsOf(entriesOf(draft))
  if (draft.isSet("NOTIFY_SECRET") && !draft.isSet("NOTIFY_URLS")) {
    draft.refuse("NOTIFY_SECRET", "no value, unless NOTIFY_URLS is set")
  }
  return {
    targets,
    secret: values.NOTIFY_SECRET,
    backlog: values.NOTIFY_BACKLOG,
    maxAgeMs: Duration.toMillis(values.NOTIFY_MAX_AGE),
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, "")
  }
}
