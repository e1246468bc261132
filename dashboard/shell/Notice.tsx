/** Replaces missing content. */
import type { ComponentChildren } from "preact"
import type { ApiError } from "../api/Client.ts"
import { connection } from "../live/Live.ts"

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

/** The worker has not been ready since this page was opened. */
const isStarting = ({ status }: ApiError): boolean => status === 503 && connection.value.heardAtMs === undefined

/** A failed load. The page also retries by itself. It is no alarm while the worker starts. */
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
    <Notice title={`${what} can’t be loaded.`} tone={isStarting(error) ? "plain" : "bad"}>
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
