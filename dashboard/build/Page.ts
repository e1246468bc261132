/**
 * Builds the dashboard's page around its script: styles, icon and index.html under names that
 * change with their content, each with compressed copies.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import type { Plugin } from "rolldown"

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8")

/** In the order of the cascade. */
const STYLES = [
  "../../node_modules/uplot/dist/uPlot.min.css",
  "../styles/tokens.css",
  "../styles/base.css",
  "../styles/shell.css",
  "../styles/overview.css",
  "../styles/stream.css",
  "../styles/product.css",
  "../styles/quotes.css",
  "../styles/settings.css",
  "../styles/pipeline.css"
]

const withoutComments = (css: string): string => css.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\s+/g, " ")

/** Compresses with the highest level: files are built once and read often. */
const compress = (path: string): void => {
  const content = readFileSync(path)
  writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }))
  writeFileSync(`${path}.br`, brotliCompressSync(content))
}

/** Writes the names of the script, the styles and the icon into the page. */
export const page = (): Plugin => ({
  name: "page",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      const emit = (name: string, source: string): string =>
        `/${this.getFileName(this.emitFile({ type: "asset", name, source }))}`
      const script = Object.values(bundle).find((file) => file.type === "chunk" && file.isEntry)
      if (script === undefined) throw new Error("no script was built")
      const names: Readonly<Record<string, string>> = {
        script: `/${script.fileName}`,
        styles: emit("dashboard.css", withoutComments(STYLES.map(read).join("\n"))),
        icon: emit("icon.svg", read("../icons/icon.svg"))
      }
      const html = read("../index.html").replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? "")
      this.emitFile({ type: "asset", fileName: "index.html", source: html })
    }
  },
  writeBundle: {
    order: "post",
    handler({ dir = "" }, bundle) {
      for (const { fileName } of Object.values(bundle)) compress(join(dir, fileName))
    }
  }
})
