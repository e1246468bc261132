/** How lines are divided into WebSocket messages. */
import type { WebSocket } from "ws"
import { Random } from "../Random.ts"

/**
 * - `each`: one message per line.
 * - `together`: all lines in one message.
 * - `torn`: text messages that end anywhere between two characters, also within a line.
 * - `bytes`: binary messages that end anywhere, also within a character.
 * - `fragments`: one text message of fragments that end anywhere, also within a character.
 */
export const FRAMINGS = ["each", "together", "torn", "bytes", "fragments"] as const
export type Framing = (typeof FRAMINGS)[number]

/** Cuts into pieces of 1 to `most` elements. */
const pieces = (length: number, most: number, random: Random): ReadonlyArray<readonly [from: number, to: number]> => {
  const cuts: Array<readonly [number, number]> = []
  for (let from = 0; from < length;) {
    const to = Math.min(length, from + random.between(1, most))
    cuts.push([from, to])
    from = to
  }
  return cuts
}

/** The largest piece of torn lines. Smaller ones than a usual line, and larger ones. */
const MOST = 700

/** Sends the lines, each with its line end. All of it has been handed to the socket on return. */
export const sendLines = (socket: WebSocket, lines: ReadonlyArray<string>, framing: Framing, random: Random): void => {
  if (framing === "each") {
    for (const line of lines) socket.send(`${line}\r\n`)
    return
  }
  const text = lines.map((line) => `${line}\r\n`).join("")
  if (framing === "together") return void socket.send(text)
  if (framing === "torn") {
    const characters = [...text]
    for (const [from, to] of pieces(characters.length, MOST, random)) socket.send(characters.slice(from, to).join(""))
    return
  }
  const bytes = Buffer.from(text)
  const cuts = pieces(bytes.length, MOST, random)
  for (const [from, to] of cuts) {
    const isFragment = framing === "fragments"
    socket.send(bytes.subarray(from, to), { binary: !isFragment, fin: !isFragment || to === bytes.length })
  }
}
