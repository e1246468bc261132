/**
 * The interface of a format of saved chat. A format recognizes a file by its first bytes, and reads
 * the file's pieces as messages: lines, or elements of a JSON document. `Conversion` turns these
 * into events of the built-in shape.
 */

/** A file's first bytes, decompressed. */
export interface Head {
  readonly bytes: Buffer
  /** Whether they are all of it. */
  readonly isWhole: boolean
}

/** A time of the command line. */
export interface Start {
  /** Milliseconds since 1970. */
  readonly timeMs: number
  /** The offset from UTC with which it is written; `undefined` = it has none and is in UTC. */
  readonly zoneMs: number | undefined
}

/** Facts of the command line, for files that do not state them. */
export interface Given {
  readonly stream: string | undefined
  /** The day of times without one, and the start of offsets. */
  readonly start: Start | undefined
}

/** A chat message as the file has it. */
export interface SavedMessage {
  readonly _tag: "Message"
  /** `undefined` = the file does not name it: --stream does. */
  readonly stream: string | undefined
  /** `undefined` = the file has no day, or only an offset: --start states it. */
  readonly timeMs: number | undefined
  readonly id: string | undefined
  readonly user: string
  readonly userId: string | undefined
  readonly text: string
  /** One element per occurrence. */
  readonly emotes: ReadonlyArray<string>
  readonly badges: ReadonlyArray<string>
  readonly bits: number
}

/** A message of a log that keeps nothing but these. */
export const plainMessage = (
  message: Pick<SavedMessage, "stream" | "timeMs" | "user" | "text">
): ReadonlyArray<SavedMessage> => [
  { _tag: "Message", id: undefined, userId: undefined, emotes: [], badges: [], bits: 0, ...message }
]

/** An item that is no chat message, such as a join; `what` is its name in the plural. */
export interface Skipped {
  readonly _tag: "Skipped"
  readonly what: string
}

/** An item that should be a message and cannot be read; `why` is the reason, such as "no time". */
export interface Unusable {
  readonly _tag: "Unusable"
  readonly why: string
}

export type Item = SavedMessage | Skipped | Unusable

export const skipped = (what: string): ReadonlyArray<Skipped> => [{ _tag: "Skipped", what }]
export const unusable = (why: string): ReadonlyArray<Unusable> => [{ _tag: "Unusable", why }]

/** A line, or an element of a JSON document. */
export interface Piece {
  readonly bytes: Uint8Array
  /** The member of the document that the element belongs to; "" for lines and root values. */
  readonly name: string
  /** "long": over {@link MAX_PIECE_BYTES}, `bytes` is its beginning. "cut": the file ends in it. */
  readonly fault: "long" | "cut" | undefined
}

/** Longer pieces are unusable. This bounds the memory of a conversion. */
export const MAX_PIECE_BYTES = 1024 * 1024

/** Cuts a byte stream into pieces, however it is chunked. */
export interface Cutter {
  /** Appends the next bytes, after `next` has returned `undefined`. They must not change. */
  readonly push: (chunk: Uint8Array) => void
  /** The next whole piece; `undefined` = more bytes are needed. */
  readonly next: () => Piece | undefined
  /** The rest after the last byte: a last line, or an element that is cut off. */
  readonly last: () => Piece | undefined
}

/** Reads one file. */
export interface Reader {
  readonly cutter: Cutter
  /** Pieces are whole and not blank. */
  readonly read: (piece: Piece) => ReadonlyArray<Item>
  /** Assumptions that the user should know, as sentences; complete after the last piece. */
  readonly notes: () => ReadonlyArray<string>
}

export interface Format {
  /** For machines. */
  readonly id: string
  /** For people, such as "TwitchDownloader's JSON". */
  readonly name: string
  readonly recognizes: (head: Head) => boolean
  readonly open: (head: Head, given: Given) => Reader
}
