/**
 * What others wrote and we ship: their names, versions and licences, with the texts that their
 * licences want to go along.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Plugin } from "rolldown"

export interface Shipped {
  readonly name: string
  readonly version: string
  /** An SPDX expression. */
  readonly licence: string
  /** Licence and notices, as they come with it. */
  readonly text: string
}

/** Licences that ask for no more than that they be passed on. */
export const PERMISSIVE: ReadonlySet<string> = new Set([
  "MIT",
  "ISC",
  "0BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0"
])

/** Data of others that stand in our source files. */
const DATA: ReadonlyArray<Shipped> = [
  {
    name: "vaderSentiment-lexicon",
    version: "3.3.2",
    licence: "MIT",
    text: readFileSync(new URL("vaderSentiment.txt", import.meta.url), "utf8").trim()
  }
]

const TEXTS = /^(licen[cs]e|notice|copying)/i

const field = (from: unknown, name: string): string => {
  const value: unknown = typeof from === "object" && from !== null ? Reflect.get(from, name) : undefined
  return typeof value === "string" ? value : "unknown"
}

const readPackage = (folder: string): Shipped => {
  const about: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const texts = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && TEXTS.test(entry.name))
  return {
    name: field(about, "name"),
    version: field(about, "version"),
    licence: field(about, "license"),
    text: texts.map(({ name }) => readFileSync(join(folder, name), "utf8").trim()).join("\n\n")
  }
}

/** The folder of the package that a module belongs to. */
const folderOf = (module: string): string | undefined =>
  /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1]

const write = (shipped: ReadonlyArray<Shipped>): string =>
  shipped
    .map(({ licence, name, text, version }) => `${name} ${version} (${licence})\n\n${text}`)
    .join(`\n\n${"-".repeat(80)}\n\n`)

/**
 * Writes THIRD_PARTY.txt beside a bundle: of the packages that have a module in it, of those named,
 * which are shipped in other ways, and of DATA.
 */
export const thirdParty = (named: ReadonlyArray<string>): Plugin => ({
  name: "third-party",
  generateBundle() {
    const folders = new Set(named.map((name) => join("node_modules", name)).filter((folder) => existsSync(folder)))
    for (const module of this.getModuleIds()) {
      const folder = folderOf(module)
      if (folder !== undefined) folders.add(folder)
    }
    const shipped = new Map([...folders].map((folder) => readPackage(folder)).map((one) => [one.name, one]))
    const sorted = [...shipped.values(), ...DATA].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const refused = sorted.filter(({ licence }) => !PERMISSIVE.has(licence))
    if (refused.length > 0) {
      throw new Error(
        `licences to look at before they are shipped: ${refused.map(({ licence, name }) => `${name} ${licence}`).join(", ")}`
      )
    }
    this.emitFile({ type: "asset", fileName: "THIRD_PARTY.txt", source: write(sorted) })
  }
})
