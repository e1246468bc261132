/** Leads through the pages of a list, and states the place of this one. */
import type { Page, Position } from "../api/Wire.ts"
import { count } from "../format/Numbers.ts"

/** The longest list that the API counts. */
const MOST_COUNTED = 10_000

const total = ({ total }: Position): string => (total === null ? `more than ${count(MOST_COUNTED)}` : count(total))

/** `51 to 100 of 1,361` */
export const placeOf = (shown: number, position: Position): string => {
  const { first } = position
  if (shown === 0) return ""
  return first === null
    ? `${count(shown)} of ${total(position)}`
    : `${count(first)} to ${count(first + shown - 1)} of ${total(position)}`
}

export const Pager = ({
  hrefOf,
  isFirst,
  label,
  page,
  size
}: {
  /** A page may come from an API without positions. */
  readonly page: Page<unknown> & { readonly previous?: string | null; readonly position?: Position | null }
  /** The name of the pages for screen readers, for example "Pages of the ranking". */
  readonly label: string
  /** Items of a full page. */
  readonly size: number
  /** Whether this is the top of the list, which needs no cursor. */
  readonly isFirst: boolean
  readonly hrefOf: (cursor: string | undefined) => string
}) => {
  const { items, next, position = null, previous = null } = page
  const place = position === null ? "" : placeOf(items.length, position)
  if (place === "" && next === null && isFirst) return null
  // The first page has no cursor, so that it shows what is newest.
  const leadsToTop = position?.first != null && position.first <= size + 1
  return (
    <nav class="paging" aria-label={label}>
      {place === "" ? null : <p>{place}</p>}
      {isFirst || leadsToTop ? null : (
        <a class="button" href={hrefOf(undefined)}>
          First
        </a>
      )}
      {isFirst || previous === null ? null : (
        <a class="button" rel="prev" href={hrefOf(leadsToTop ? undefined : previous)}>
          Previous
        </a>
      )}
      {next === null ? null : (
        <a class="button" rel="next" href={hrefOf(next)}>
          Next
        </a>
      )}
    </nav>
  )
}
