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

interface To {
  readonly label: string
  readonly cursor: string | undefined
}

/** The pages that can be reached. The first page has no cursor, so that it shows what is newest. */
const reachable = (
  { next, position, previous }: PagerProps["page"],
  isFirst: boolean,
  size: number
): ReadonlyArray<To> => {
  const leadsToTop = position?.first != null && position.first <= size + 1
  const back: ReadonlyArray<To> =
    isFirst || previous == null
      ? []
      : leadsToTop
        ? [{ label: "Previous", cursor: undefined }]
        : [
            { label: "First", cursor: undefined },
            { label: "Previous", cursor: previous }
          ]
  return next === null ? back : [...back, { label: "Next", cursor: next }]
}

interface PagerProps {
  /** A page may come from an API without positions. */
  readonly page: Page<unknown> & { readonly previous?: string | null; readonly position?: Position | null }
  /** The name of the pages for screen readers, for example "Pages of the ranking". */
  readonly label: string
  /** Items of a full page. */
  readonly size: number
  /** Whether this is the top of the list, which needs no cursor. */
  readonly isFirst: boolean
  /** The address of a page, if the address keeps it; otherwise `onPage`. */
  readonly hrefOf?: (cursor: string | undefined) => string
  readonly onPage?: (cursor: string | undefined) => void
}

export const Pager = ({ hrefOf, isFirst, label, onPage, page, size }: PagerProps) => {
  const { items, position = null } = page
  const place = position === null ? "" : placeOf(items.length, position)
  const pages = reachable(page, isFirst, size)
  if (place === "" && pages.length === 0) return null
  return (
    <nav class="paging" aria-label={label}>
      {place === "" ? null : <p>{place}</p>}
      {pages.map(({ cursor, label }) =>
        hrefOf === undefined ? (
          <button key={label} type="button" class="button" onClick={() => onPage?.(cursor)}>
            {label}
          </button>
        ) : (
          <a key={label} class="button" href={hrefOf(cursor)}>
            {label}
          </a>
        )
      )}
    </nav>
  )
}
