/** The JSON values of a file: one per line, or elements of documents that span lines. */
import { type Cutter, type Head, type Piece } from "./Format.ts"
import { JsonCutter, type Members } from "./JsonCutter.ts"
import { headLines, linePieces } from "./LinePieces.ts"
import { isObject, type Json, parsed } from "./Json.ts"

/** So many values of the head decide which format a file has. */
const MOST_HEAD_VALUES = 200

const isLine = (line: string): boolean => isObject(parsed(Buffer.from(line)))

/**
 * Lines if one of the first two is an object by itself: then a damaged line spoils no other.
 * Otherwise the values of documents, such as an array with its bracket on the first line.
 */
export const jsonPieces = (head: Head, members?: Members): Cutter => {
  const [first = "", second = ""] = headLines(head)
  const isLines = members === undefined && (isLine(first) || (isLine(second) && first.trim() !== "["))
  return isLines ? linePieces() : new JsonCutter(members)
}

export interface HeadValue {
  readonly name: string
  readonly value: Json
}

/** The objects that the head holds whole. */
export const headValues = (head: Head, members?: Members): ReadonlyArray<HeadValue> => {
  const start = head.bytes
    .subarray(0, 64)
    .toString("latin1")
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trimStart()
  if (!/^[[{]/.test(start)) return []
  const cutter = jsonPieces(head, members)
  cutter.push(head.bytes)
  const found: Array<HeadValue> = []
  const add = (piece: Piece): void => {
    const value = piece.fault === undefined ? parsed(piece.bytes) : undefined
    if (isObject(value)) found.push({ name: piece.name, value })
  }
  for (let piece = cutter.next(); piece !== undefined && found.length < MOST_HEAD_VALUES; piece = cutter.next()) {
    add(piece)
  }
  const last = head.isWhole ? cutter.last() : undefined
  if (last !== undefined) add(last)
  return found
}
