/** The pages in the header. Add an entry for a new page. */
import type { Route } from "../routing/Routes.ts"

interface Entry {
  readonly label: string
  readonly href: string
  /** The routes on which the entry is marked. */
  readonly pages: ReadonlyArray<Route["page"]>
}

const ENTRIES: ReadonlyArray<Entry> = [
  { label: "Streams", href: "/", pages: ["overview"] },
  { label: "Broadcasts", href: "/broadcasts", pages: ["broadcasts", "broadcast"] },
  { label: "Pipeline", href: "/pipeline", pages: ["pipeline"] },
  { label: "API", href: "/api/v1/docs", pages: [] }
]

export const Navigation = ({ current }: { readonly current: Route["page"] }) => (
  <nav aria-label="Pages">
    {ENTRIES.map(({ href, label, pages }) => (
      <a key={href} href={href} aria-current={pages.includes(current) ? "page" : undefined}>
        {label}
      </a>
    ))}
  </nav>
)
