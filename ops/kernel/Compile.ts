/** Compiles the kernel's source, src/kernel/assembly, to the module that embeds the result. */
import { main } from "assemblyscript/asc"
import { readFileSync } from "node:fs"
import { join } from "node:path"

/** Relative to the root of the project. */
export const MODULE = "src/kernel/Wasm.ts"

/** Pages of 64 KiB: enough for MEMORY_END of Memory.ts. The memory does not grow. */
const PAGES = "112"

const OPTIONS = `-O3 --noAssert --runtime stub --enable simd --use abort= --initialMemory ${PAGES} --maximumMemory ${PAGES}`

/** Characters of base64 in a line. */
const WIDTH = 100

const moduleOf = (wasm: Uint8Array): string => {
  const lines =
    Buffer.from(wasm)
      .toString("base64")
      .match(new RegExp(`.{1,${WIDTH}}`, "g")) ?? []
  return `/** The compiled kernel in base64, for bundles without further files. \`npm run kernel\` writes it. */
export const WASM = [
${lines.map((line) => `  "${line}"`).join(",\n")}
].join("")
`
}

/** The text of {@link MODULE}. Throws with the compiler's messages. */
export const compile = async (root: string): Promise<string> => {
  let wasm: Uint8Array | undefined
  const { error, stderr } = await main(
    ["src/kernel/assembly/Scan.ts", "--outFile", "kernel.wasm", ...OPTIONS.split(" ")],
    {
      readFile: (name, folder) => {
        try {
          return readFileSync(join(root, folder, name), "utf8")
        } catch {
          return null // The compiler tries several names.
        }
      },
      writeFile: (_, contents) => {
        if (typeof contents !== "string") wasm = contents
      }
    }
  )
  if (error !== null || wasm === undefined) throw new Error(`The kernel does not compile: ${stderr.toString()}`)
  return moduleOf(wasm)
}
