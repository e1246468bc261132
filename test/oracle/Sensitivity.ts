/** The thresholds of a slide, recounted from docs/SEMANTICS.md, "Sensitivity". */

/** The types that have a threshold. */
type SensitiveType = "raid" | "chat_spike" | "viewer_surge" | "sentiment_shift" | "chat_drop" | "viewer_drop"

export type Thresholds = Readonly<Record<SensitiveType, number>>

/** The tables that decide, as far as one task is concerned. */
export interface OracleSensitivity {
  /** Table `sensitivity`, in any order. `null` = all streams, all types, or no override. */
  readonly changes: ReadonlyArray<{
    readonly version: number
    readonly stream: string | null
    readonly type: string | null
    readonly threshold: number | null
  }>
  /** Table `sensitivity_applied`: a version applies to windows that end after this (open bound). */
  readonly applied: ReadonlyArray<{ readonly version: number; readonly fromEndMs: number }>
}

export const NO_SENSITIVITY: OracleSensitivity = { changes: [], applied: [] }

/** The thresholds of a stream in the window that ends at `endMs`. `standard`: ANOMALY_THRESHOLD. */
export const thresholdsAt = (
  { applied, changes }: OracleSensitivity,
  standard: number,
  { endMs, stream }: { readonly stream: string; readonly endMs: number }
): Thresholds => {
  const versions = applied.filter(({ fromEndMs }) => endMs > fromEndMs).map(({ version }) => version)
  const version = Math.max(0, ...versions)
  const known = changes.filter((change) => change.version <= version).toSorted((a, b) => b.version - a.version)
  const override = (ofStream: string | null, ofType: string | null): number | null =>
    known.find((change) => change.stream === ofStream && change.type === ofType)?.threshold ?? null
  const all = override(stream, null)
  const rest = override(null, null)
  const of = (type: SensitiveType): number => override(stream, type) ?? all ?? override(null, type) ?? rest ?? standard
  return {
    raid: of("raid"),
    chat_spike: of("chat_spike"),
    viewer_surge: of("viewer_surge"),
    sentiment_shift: of("sentiment_shift"),
    chat_drop: of("chat_drop"),
    viewer_drop: of("viewer_drop")
  }
}
