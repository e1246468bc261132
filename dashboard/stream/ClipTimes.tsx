/**
 * The cut of a moment's clip: its place in the broadcast if that start is known, otherwise the
 * time.
 */
import { useEffect, useState } from "preact/hooks"
import type { Clip } from "../api/Wire.ts"
import { offset } from "../format/Times.ts"
import { Time } from "../shell/Time.tsx"

const COPIED_MS = 2000

const ms = (time: string): number => Date.parse(time)

/** Seconds from the start of the broadcast to the end of the clip. */
const endOf = ({ in: start, offset_seconds, out }: Clip): number | null =>
  offset_seconds === null ? null : offset_seconds + Math.round((ms(out) - ms(start)) / 1000)

const textOf = (clip: Clip): string => {
  const end = endOf(clip)
  const times =
    clip.offset_seconds === null || end === null ? [clip.in, clip.out] : [offset(clip.offset_seconds), offset(end)]
  return [times.join(" to "), ...(clip.url === null ? [] : [clip.url])].join(" ")
}

/** Missing where the page may not write to the clipboard: it needs https or this machine. */
const Copy = ({ text }: { readonly text: string }) => {
  const [isCopied, setIsCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setIsCopied(false), COPIED_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  if (!("clipboard" in navigator)) return null
  return (
    <button
      type="button"
      class="button"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setIsCopied(true))}
    >
      <span aria-live="polite">{isCopied ? "Copied" : "Copy cut times"}</span>
    </button>
  )
}

export const ClipTimes = ({ clip }: { readonly clip: Clip }) => {
  const end = endOf(clip)
  return (
    <div class="clip">
      <dl class="facts">
        <div>
          <dt>{clip.peak_seconds === null ? "Peak of the chat" : "Peak, into the broadcast"}</dt>
          <dd>{clip.peak_seconds === null ? <Time ms={ms(clip.peak)} /> : offset(clip.peak_seconds)}</dd>
        </div>
        <div>
          <dt>Cut in, out</dt>
          <dd>
            {clip.offset_seconds === null || end === null ? (
              <>
                <Time ms={ms(clip.in)} />, <Time ms={ms(clip.out)} />
              </>
            ) : (
              `${offset(clip.offset_seconds)}, ${offset(end)}`
            )}
          </dd>
        </div>
      </dl>
      <p class="clip-actions">
        <Copy text={textOf(clip)} />
        {clip.url === null ? null : (
          <a class="button" href={clip.url} rel="noreferrer">
            Watch from the cut
          </a>
        )}
      </p>
    </div>
  )
}

/** One line of a list of moments; nothing if the broadcast is not known. */
export const ClipOffset = ({ clip }: { readonly clip: Clip }) =>
  clip.peak_seconds === null ? null : <span class="clip-offset">{offset(clip.peak_seconds)} into the broadcast</span>
