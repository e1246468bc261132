/** Replaces missing content. */
import type { ComponentChildren } from "preact"
import type { ApiError } from "../api/Client.ts"

export const Notice = ({
  children,
  title,
  tone = "plain"
}: {
  readonly title: string
  readonly tone?: "plain" | "bad"
  readonly children?: ComponentChildren
}) => (
  <div class={`notice notice-${tone}`}>
    <p class="notice-title">{title}</p>
    {children}
  </div>
)

/** A failed load. The page also retries by itself. */
export const Failure = ({
  error,
  onRetry,
  what
}: {
  /** The subject of "can't be loaded". */
  readonly what: string
  readonly error: ApiError
  readonly onRetry: () => void
}) => (
  <div role="alert">
    <Notice title={`${what} can’t be loaded.`} tone="bad">
      <p>{error.message}</p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </Notice>
  </div>
)

/** Grey bars with the size of the content that loads. */
export const Skeleton = ({ lines, what }: { readonly lines: number; readonly what: string }) => (
  <div class="skeleton">
    <p class="hidden">Loading {what}…</p>
    {Array.from({ length: lines }, (_, index) => (
      <div key={index} class="skeleton-line" />
    ))}
  </div>
)
