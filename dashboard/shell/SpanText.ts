/** The time that the figures of a stream cover, in words. */
import { duration } from "../format/Times.ts"
import { pipeline } from "../live/Live.ts"

/** `in 1 min`; `latest` while it is unknown. */
export const spanText = (): string => {
  const size = pipeline.value?.window?.size_ms
  return size === undefined ? "latest" : `in ${duration(size)}`
}
