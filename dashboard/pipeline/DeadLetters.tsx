/** Records that were no events: how many of which reason, and the latest of them. */
import { useRef, useState } from "preact/hooks"
import { get } from "../api/Client.ts"
import { useInterval, useRefresh } from "../api/Refresh.ts"
import { useResource } from "../api/Resource.ts"
import type { DeadLetterCount, DeadLetterDetail, DeadLetterItem, PlacedPage } from "../api/Wire.ts"
import { bytes, count } from "../format/Numbers.ts"
import { Download } from "../shell/Download.tsx"
import { Foreign } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { Pager } from "../shell/Pager.tsx"
import { useTop } from "../shell/Top.ts"
import { Ago, Time } from "../shell/Time.tsx"

const SHOWN = 20
const REFRESH_MS = 15_000

const address = ({ kafka_offset, partition, topic }: DeadLetterItem): string =>
  `${encodeURIComponent(topic)}/${partition}/${kafka_offset}`

const Payload = ({ letter }: { readonly letter: DeadLetterItem }) => {
  const { data, error } = useResource(address(letter), (signal) =>
    get<DeadLetterDetail>(`/dead-letters/${address(letter)}`, {}, signal)
  )
  if (error !== undefined) return <p class="faint">{error.message}</p>
  if (data === undefined) return <p class="faint">Loading…</p>
  return (
    <>
      {data.record_timestamp === null ? null : (
        <p>
          In the log since <Time ms={Date.parse(data.record_timestamp)} />
        </p>
      )}
      <pre tabIndex={0} aria-label="The record’s value">
        {data.payload === "" ? "(empty)" : data.payload}
      </pre>
    </>
  )
}

const Letter = ({ letter }: { readonly letter: DeadLetterItem }) => {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li>
      <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
        <summary>
          <span class="letter-reason">
            {letter.reason}
            {letter.path === null ? null : (
              <code>
                <Foreign text={letter.path} />
              </code>
            )}
          </span>
          <span class="letter-place">
            <Foreign text={letter.topic} /> {letter.partition}, offset {letter.kafka_offset}
          </span>
          <span>{bytes(letter.payload_bytes)}</span>
          <Ago ms={Date.parse(letter.dead_at)} />
        </summary>
        {isOpen ? <Payload letter={letter} /> : null}
      </details>
    </li>
  )
}

export const DeadLetters = () => {
  const [reason, setReason] = useState<string>()
  const [cursor, setCursor] = useState<string>()
  const list = useRef<HTMLElement>(null)
  useTop(cursor, list)
  const reasons = useResource("reasons", (signal) =>
    get<ReadonlyArray<DeadLetterCount>>("/dead-letters/reasons", {}, signal)
  )
  const latest = useResource(JSON.stringify([reason, cursor]), (signal) =>
    get<PlacedPage<DeadLetterItem>>("/dead-letters", { reason, cursor, limit: SHOWN, count: "true" }, signal)
  )
  const reload = () => {
    reasons.reload()
    latest.reload()
  }
  useInterval(useRefresh(reload, REFRESH_MS / 2), REFRESH_MS)
  const error = reasons.error ?? latest.error
  return (
    <section ref={list} class="panel letters" aria-labelledby="letters-title">
      <div class="panel-head">
        <h2 id="letters-title">Dead letters</h2>
        <p class="faint">Records that are not valid events</p>
      </div>
      {error === undefined ? null : <Failure what="The dead letters" error={error} onRetry={reload} />}
      {reasons.data === undefined || latest.data === undefined ? (
        error === undefined ? (
          <Skeleton lines={4} what="dead letters" />
        ) : null
      ) : reasons.data.length === 0 ? (
        <Notice title="No dead letters: every record was a valid event." />
      ) : (
        <>
          <div class="reasons" role="group" aria-label="By reason">
            {reasons.data.map((item) => (
              <button
                key={item.reason}
                type="button"
                class="reason"
                aria-pressed={item.reason === reason}
                onClick={() => {
                  setReason(item.reason === reason ? undefined : item.reason)
                  setCursor(undefined)
                }}
              >
                <strong>{count(item.count)}</strong>
                <span>{item.reason}</span>
                <small>
                  latest <Ago ms={Date.parse(item.latest)} />
                </small>
              </button>
            ))}
          </div>
          <ol class={latest.isLoading ? "letter-list is-old" : "letter-list"} aria-label="The latest">
            {latest.data.items.map((letter) => (
              <Letter key={address(letter)} letter={letter} />
            ))}
          </ol>
          <div class="list-foot">
            <Pager
              label="Pages of the dead letters"
              page={latest.data}
              size={SHOWN}
              isFirst={cursor === undefined}
              onPage={setCursor}
            />
            <Download path="/dead-letters" query={{ reason }} what="the dead letters" />
          </div>
        </>
      )}
    </section>
  )
}
