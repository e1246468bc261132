/** Chat messages as JSON, in the shape that the worker reads without a mapping. */

export interface BuiltInMessage {
  readonly stream: string
  readonly timeMs: number
  readonly id: string | undefined
  readonly user: string
  readonly userId: string | undefined
  readonly text: string
  /** One element per occurrence. */
  readonly emotes: ReadonlyArray<string>
  readonly badges: ReadonlyArray<string>
  readonly bits: number
}

/** `undefined` members and 0 bits are left out. */
export const chatJson = ({ badges, bits, emotes, id, stream, text, timeMs, user, userId }: BuiltInMessage): string =>
  JSON.stringify({
    stream_id: stream,
    timestamp: timeMs,
    event_id: id,
    username: user,
    author_id: userId,
    message: text,
    emotes,
    badges,
    bits: bits > 0 ? bits : undefined
  })
