/** The lines of a file as pieces. */
import { isBlank, withoutMark } from "../../source/file/Line.ts"
import { LineCutter } from "../../source/file/LineCutter.ts"
import { type Cutter, MAX_PIECE_BYTES, type Piece } from "./Format.ts"

const pieceOf = (line: Uint8Array): Piece => ({
  bytes: withoutMark(line.subarray(0, MAX_PIECE_BYTES)),
  name: "",
  fault: line.length > MAX_PIECE_BYTES ? "long" : undefined
})

/** Lines that are not blank, without byte order marks. */
export const linePieces = (): Cutter => {
  const lines = new LineCutter(MAX_PIECE_BYTES + 1)
  return {
    push: (chunk) => lines.push(chunk),
    next: () => {
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        const piece = pieceOf(line)
        if (!isBlank(piece.bytes)) return piece
      }
      return undefined
    },
    last: () => {
      const line = lines.last()
      const piece = line === undefined ? undefined : pieceOf(line)
      return piece === undefined || isBlank(piece.bytes) ? undefined : piece
    }
  }
}

/** Lines of the head for recognition. The last one is left out if the file goes on behind it. */
export const headLines = ({ bytes, isWhole }: { readonly bytes: Buffer; readonly isWhole: boolean }) => {
  const lines = bytes
    .toString("utf8")
    .split("\n", MOST_HEAD_LINES + 1)
    .map((line) => line.replace(/^\uFEFF+/, "").replace(/\r$/, ""))
  const isAll = isWhole && lines.length <= MOST_HEAD_LINES
  return (isAll ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== "")
}

/** So many lines decide which format a file has. */
const MOST_HEAD_LINES = 200
