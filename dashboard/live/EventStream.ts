/**
 * Reads Server-Sent Events by the HTML standard. Lines end with LF, CR or CRLF, an empty line ends
 * an event, and a line that starts with a colon is a comment.
 */

export interface ServerEvent {
  /** `message` if the server sends no name. */
  readonly name: string
  readonly data: string
}

export class EventStreamReader {
  /** The last event's id, which a resuming reader sends. */
  lastEventId = ""
  /** A line that has not ended yet. */
  #rest = ""
  /** The last piece ended with CR: an LF at the start of the next one belongs to it. */
  #hasEndedWithCr = false
  #name = ""
  #id: string | undefined
  #data: Array<string> = []

  /** The events that end in this piece of the stream. */
  read(piece: string): ReadonlyArray<ServerEvent> {
    const text = this.#rest + (this.#hasEndedWithCr && piece.startsWith("\n") ? piece.slice(1) : piece)
    if (piece !== "") this.#hasEndedWithCr = piece.endsWith("\r")
    const lines = text.split(/\r\n|\n|\r/)
    this.#rest = lines.pop() ?? ""
    return lines.flatMap((line) => this.#take(line))
  }

  #take(line: string): ReadonlyArray<ServerEvent> {
    if (line === "") return this.#dispatch()
    const colon = line.indexOf(":")
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "")
    if (field === "event") this.#name = value
    else if (field === "data") this.#data.push(value)
    else if (field === "id" && !value.includes("\0")) this.#id = value
    return []
  }

  #dispatch(): ReadonlyArray<ServerEvent> {
    const event = { name: this.#name === "" ? "message" : this.#name, data: this.#data.join("\n") }
    const isEvent = this.#data.length > 0
    if (this.#id !== undefined) this.lastEventId = this.#id
    this.#name = ""
    this.#id = undefined
    this.#data = []
    return isEvent ? [event] : []
  }
}
