/** How strong something must be to become a moment of this stream: shown and changed. */
import { useEffect, useState } from "preact/hooks"
import { change, failureText } from "../api/Change.ts"
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { Overrides, SensitivityVersion } from "../api/Wire.ts"
import { momentLabel } from "../format/Labels.ts"
import { Time } from "../shell/Time.tsx"

type Type = Overrides["items"][number]["moment_type"]

/** In the order of the list to choose from. A hype follows the chat spikes. */
const TYPES: ReadonlyArray<NonNullable<Type>> = [
  "raid",
  "chat_spike",
  "viewer_surge",
  "sentiment_shift",
  "chat_drop",
  "viewer_drop"
]

const POLL_MS = 2000

const isType = (text: string): text is NonNullable<Type> => TYPES.some((type) => type === text)

const labelOf = (type: Type): string =>
  type === null ? "All types" : type === "chat_spike" ? "Chat spike and hype" : momentLabel(type)

const found = ({ items }: Overrides, stream: string | null, type: Type): number | undefined =>
  items.find((item) => item.stream_id === stream && item.moment_type === type)?.threshold

/** The threshold that applies: the most specific one. */
const inForce = (overrides: Overrides, stream: string, type: Type): number =>
  found(overrides, stream, type) ??
  found(overrides, stream, null) ??
  found(overrides, null, type) ??
  found(overrides, null, null) ??
  overrides.standard

/** The end of the last window that does not follow the change; `undefined` while it is awaited. */
const appliedMs = ({ tasks }: SensitivityVersion): number | null | undefined => {
  if (tasks.some(({ applied_version }) => applied_version === null)) return undefined
  const ends = tasks.flatMap(({ from_end }) => (from_end === null ? [] : [Date.parse(from_end)]))
  return ends.length === 0 ? null : Math.max(...ends)
}

/** The time from which a change is in force. Loads it until every worker has applied it. */
const InForce = ({ stored }: { readonly stored: SensitivityVersion }) => {
  const [version, setVersion] = useState(stored)
  const ms = appliedMs(version)
  useEffect(() => setVersion(stored), [stored])
  useEffect(() => {
    if (ms !== undefined) return
    const ended = new AbortController()
    const timer = setInterval(() => {
      get<SensitivityVersion>(`/sensitivity/versions/${stored.version}`, {}, ended.signal).then(setVersion, () => {})
    }, POLL_MS)
    return () => {
      clearInterval(timer)
      ended.abort()
    }
  }, [stored.version, ms === undefined])
  return (
    <p role="status">
      {ms === undefined ? (
        "Saved. It takes effect within seconds."
      ) : ms === null ? (
        "Saved. It is in force."
      ) : (
        <>
          Saved. It is in force for figures after <Time ms={ms} />.
        </>
      )}
    </p>
  )
}

const Form = ({
  overrides,
  reload,
  stream
}: {
  readonly overrides: Overrides
  readonly stream: string
  readonly reload: () => void
}) => {
  const [type, setType] = useState<Type>(null)
  const [text, setText] = useState<string>()
  const [stored, setStored] = useState<SensitivityVersion>()
  const [failure, setFailure] = useState("")
  const own = found(overrides, stream, type)
  const send = async (sent: Promise<SensitivityVersion>): Promise<void> => {
    try {
      setStored(await sent)
      setText(undefined)
      setFailure("")
      reload()
    } catch (cause) {
      setStored(undefined)
      setFailure(failureText(cause))
    }
  }
  return (
    <form
      class="sensitivity-form"
      onSubmit={(event) => {
        event.preventDefault()
        const threshold = Number(text ?? inForce(overrides, stream, type))
        void send(change("PUT", "/sensitivity", {}, { stream_id: stream, moment_type: type, threshold }))
      }}
    >
      <label class="field">
        <span>Moments</span>
        <select
          value={type ?? ""}
          onChange={({ currentTarget: { value } }) => {
            setType(isType(value) ? value : null)
            setText(undefined)
          }}
        >
          {[null, ...TYPES].map((each) => (
            <option key={each ?? ""} value={each ?? ""}>
              {labelOf(each)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>From strength</span>
        <input
          type="number"
          min="0.1"
          max="1000"
          step="0.1"
          required
          value={text ?? String(inForce(overrides, stream, type))}
          onInput={({ currentTarget: { value } }) => setText(value)}
        />
      </label>
      <p class="sensitivity-actions">
        <button type="submit" class="button">
          Set
        </button>
        {own === undefined ? null : (
          <button
            type="button"
            class="button"
            onClick={() => void send(change("DELETE", "/sensitivity", { stream, ...(type === null ? {} : { type }) }))}
          >
            Back to the usual
          </button>
        )}
      </p>
      {stored === undefined ? null : <InForce stored={stored} />}
      {failure === "" ? null : <p role="alert">{failure}</p>}
    </form>
  )
}

export const SensitivityPanel = ({ stream }: { readonly stream: string }) => {
  const { data, reload } = useResource(stream, (signal) =>
    get<Overrides>("/sensitivity", { stream, limit: 500 }, signal)
  )
  if (data === undefined) return null
  const own = data.items.filter(({ stream_id }) => stream_id === stream)
  return (
    <details class="panel sensitivity">
      <summary>
        <h2>Sensitivity</h2>
        <span class="faint">{own.length === 0 ? "usual" : "changed for this stream"}</span>
      </summary>
      <p class="faint">A lower strength gives more moments, a higher one fewer. Past moments stay as they are.</p>
      {own.length === 0 ? null : (
        <dl class="facts">
          {own.map(({ moment_type, threshold }) => (
            <div key={moment_type}>
              <dt>{labelOf(moment_type)}</dt>
              <dd>from {threshold}</dd>
            </div>
          ))}
        </dl>
      )}
      <Form overrides={data} stream={stream} reload={reload} />
    </details>
  )
}
