/** The fixtures of saved logs and what a reader must understand of them; see fixtures/README.md. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export interface ExpectedEvent {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly stream: string
  readonly user: string
  readonly userId?: string
  readonly id?: string
  readonly text: string
  /** One element per occurrence. */
  readonly emotes: ReadonlyArray<string>
  readonly badges?: ReadonlyArray<string>
  readonly bits?: number
  /** Another right text, since the tool's rules leave it open. */
  readonly textAlso?: string
}

export interface Fixture {
  readonly file: string
  /** Facts that the file does not contain. */
  readonly needs: ReadonlyArray<"stream" | "start">
  readonly flags: { readonly stream?: string; readonly start?: string }
  /** Items that no person wrote. */
  readonly notMessages: number
  /** Messages without time or author, and lines that cannot be parsed. */
  readonly unusable: number
  /** The tool ends lines with CRLF. The stored file has LF. */
  readonly crlf?: boolean
  readonly events: ReadonlyArray<ExpectedEvent>
  readonly viewers?: ReadonlyArray<{ readonly time: string; readonly stream: string; readonly viewers: number }>
}

const FOLDER = new URL("fixtures/", import.meta.url)

export const pathOf = (file: string): string => fileURLToPath(new URL(file, FOLDER))

/** The file as it is stored. */
export const storedBytes = (file: string): Buffer => readFileSync(pathOf(file))

/** The file as the tool writes it. */
export const bytesOf = ({ crlf, file }: Pick<Fixture, "crlf" | "file">): Buffer =>
  crlf === true ? Buffer.from(storedBytes(file).toString("utf8").replaceAll("\n", "\r\n")) : storedBytes(file)

export const fixtures = (): ReadonlyArray<Fixture> =>
  readdirSync(new URL("expected/", FOLDER))
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(`expected/${name}`, FOLDER), "utf8")))

/** Files in forms that no reader knows. */
export const unknownFiles = (): ReadonlyArray<string> =>
  readdirSync(FOLDER)
    .filter((name) => name.startsWith("unknown"))
    .sort()
