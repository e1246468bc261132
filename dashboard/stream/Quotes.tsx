/** Quotes of the chat at the peak of a moment. They are texts of people, never markup. */
import type { ComponentChildren } from "preact"
import type { ChatContent } from "../api/Wire.ts"
import { count, decimal } from "../format/Numbers.ts"
import { Foreign, ShortForeign } from "../shell/Marks.tsx"
import { Time } from "../shell/Time.tsx"

/** A hashed name means nothing to readers. */
const isHash = (user: string): boolean => /^[0-9a-f]{12}$/.test(user)

const Sample = ({ at, text, user }: ChatContent["samples"][number]) => (
  <li>
    <blockquote>
      <ShortForeign text={text} />
    </blockquote>
    <small>
      {user === null || isHash(user) ? null : (
        <>
          <Foreign text={user} />,{" "}
        </>
      )}
      <Time ms={Date.parse(at)} />
    </small>
  </li>
)

/** A name that rose, with its number and the usual one. */
const RisenName = ({ children, name, usual }: { name: string; usual: number; children: ComponentChildren }) => (
  <li>
    <Foreign text={name} /> {children}
    <small>{usual === 0 ? "new" : `usually ${decimal(usual, 1)}`}</small>
  </li>
)

export const Quotes = ({ repeated, samples: all }: ChatContent) => {
  // The repeated text has its own line.
  const samples = all.filter(({ text }) => text !== repeated?.text)
  if (samples.length === 0 && repeated === null) return null
  return (
    <section class="quotes" aria-labelledby="quotes-title">
      <h3 id="quotes-title">In the chat</h3>
      {repeated === null ? null : (
        <p class="quotes-repeated">
          <b>{count(repeated.messages)}×</b> <ShortForeign text={repeated.text} />
          <small>
            by {count(repeated.people)} {repeated.people === 1 ? "person" : "people"}
          </small>
        </p>
      )}
      {samples.length === 0 ? null : (
        <ul class="quotes-samples" aria-label="Sample messages">
          {samples.map((sample, index) => (
            <Sample key={index} {...sample} />
          ))}
        </ul>
      )}
    </section>
  )
}

export const Risen = ({ emotes, words }: ChatContent) => {
  if (words.length + emotes.length === 0) return null
  return (
    <section class="quotes" aria-labelledby="risen-title">
      <h3 id="risen-title">More than before</h3>
      {words.length === 0 ? null : (
        <ul class="quotes-risen" aria-label="Words that rose">
          {words.map(({ people, usual, word }) => (
            <RisenName key={word} name={word} usual={usual}>
              <b>{count(people)} people</b>
            </RisenName>
          ))}
        </ul>
      )}
      {emotes.length === 0 ? null : (
        <ul class="quotes-risen" aria-label="Emotes that rose">
          {emotes.map(({ before, count: times, emote }) => (
            <RisenName key={emote} name={emote} usual={before}>
              <b>{count(times)}×</b>
            </RisenName>
          ))}
        </ul>
      )}
    </section>
  )
}

/** A text of fewer people may be spam. */
const LEAST_PEOPLE = 3

/** The chat of a moment in one line: the text that several people repeat, or the first sample. */
export const QuoteLine = ({ content }: { readonly content: ChatContent | null }) => {
  const [sample] = content?.samples ?? []
  const repeated = content?.repeated
  const shared = repeated !== null && repeated !== undefined && repeated.people >= LEAST_PEOPLE ? repeated : undefined
  const text = shared?.text ?? sample?.text
  if (text === undefined) return null
  return (
    <span class="quote-line">
      {shared === undefined ? null : <b>{count(shared.messages)}× </b>}
      <bdi class="foreign" title={text}>
        {text}
      </bdi>
    </span>
  )
}
