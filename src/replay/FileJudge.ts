/**
 * Checks that a file holds events: reads until the first line that is one. Every file is checked
 * before anything is written.
 */
import { Result } from "effect"
import { decodeRecord } from "../decode/Decoder.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import { isBlank, withoutMark } from "../source/file/Line.ts"
import { LineCutter } from "../source/file/LineCutter.ts"
import { kindOf } from "../source/file/LineKind.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import type { Compression } from "./Decompress.ts"
import { explain, HEAD_BYTES, isNoList } from "./FileFormat.ts"
import { Refusals } from "./Refusals.ts"
import { counted } from "../domain/Wording.ts"

/** A file is refused after so many lines, or bytes, without an event. */
export const MOST_REFUSED_LINES = 10_000
export const MOST_REFUSED_BYTES = 64 * 1024 * 1024

/** A file has events, no lines, or lines of which none is an event; `why` is the message then. */
export type Verdict =
  | { readonly _tag: "Accepted" }
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Refused"; readonly why: string }

export interface JudgedFile {
  /** As messages have it. */
  readonly name: string
  /** How it is compressed; the judge takes what is in it. */
  readonly compression: Compression | undefined
  readonly read: ReadSettings
  /** The wall clock, for the guard against the future. */
  readonly clockMs: number
}

export class FileJudge {
  readonly #file: JudgedFile
  readonly #lines: LineCutter
  readonly #refusals = new Refusals()
  #head: Buffer = Buffer.alloc(0)
  #hasBegun = false
  #isWhole = false
  #isNoList = false
  #bytes = 0
  #offset = 0n
  #verdict: Verdict | undefined

  constructor(file: JudgedFile) {
    this.#file = file
    this.#lines = new LineCutter(file.read.maxEventBytes + 1)
  }

  /** `undefined` = more bytes are needed, or {@link FileJudge.end}. */
  get verdict(): Verdict | undefined {
    return this.#verdict
  }

  /** Takes the next bytes, which must not change afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#verdict !== undefined) return
    this.#bytes += chunk.length
    if (this.#hasBegun) return this.#cut(chunk)
    this.#head = Buffer.concat([this.#head, chunk])
    if (this.#head.length >= HEAD_BYTES) this.#begin()
  }

  /** There are no more bytes. */
  end(): Verdict {
    this.#isWhole = !this.#hasBegun
    if (!this.#hasBegun) this.#begin()
    const last = this.#verdict === undefined ? this.#lines.last() : undefined
    if (last !== undefined) this.#line(last)
    this.#verdict ??= this.#refusals.total === 0 ? { _tag: "Empty" } : this.#refused("")
    return this.#verdict
  }

  #begin(): void {
    this.#hasBegun = true
    this.#isNoList = isNoList(this.#head.subarray(0, HEAD_BYTES), this.#isWhole)
    this.#cut(this.#head)
    if (this.#isNoList && !this.#isWhole) this.#verdict ??= this.#refused(", and reading stopped there")
  }

  #cut(chunk: Uint8Array): void {
    this.#lines.push(chunk)
    for (let line = this.#lines.next(); line !== undefined && this.#verdict === undefined; line = this.#lines.next()) {
      this.#line(line)
    }
    if (this.#bytes >= MOST_REFUSED_BYTES) {
      this.#verdict ??= this.#refused(
        `, and the reading stopped after ${MOST_REFUSED_BYTES / 1024 / 1024} MiB without an event`
      )
    }
  }

  #line(line: Uint8Array): void {
    const { clockMs, name, read } = this.#file
    const offset = this.#offset++
    const value = withoutMark(line)
    if (isBlank(value)) return
    const decoded = decodeRecord(kindOf(value, read.fields), { timestampMs: -1, value }, read, clockMs)
    if (Result.isSuccess(decoded)) {
      if (!this.#isNoList) this.#verdict = { _tag: "Accepted" }
      return
    }
    this.#refusals.add({ ...decoded.failure, topic: name, partition: 0, offset, payload: value })
    if (this.#refusals.total >= MOST_REFUSED_LINES) {
      this.#verdict = this.#refused(", and reading stopped there")
    }
  }

  #refused(end: string): Verdict {
    const { compression, name } = this.#file
    const head = { bytes: this.#head.subarray(0, HEAD_BYTES), isWhole: this.#isWhole, compression }
    const { total } = this.#refusals
    return {
      _tag: "Refused",
      why: [
        `Nothing was replayed: ${escapeControls(name)} holds no events. ${explain(head)}`,
        `${counted(total, "line is not an event", "lines are not events")}${end}:`,
        ...this.#refusals.lines(true)
      ].join("\n")
    }
  }
}
