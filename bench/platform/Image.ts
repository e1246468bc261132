/** The settings of malloc in the container image, so that the worker is measured as shipped. */
import { readFileSync } from "node:fs"

const DOCKERFILE = new URL("../../Dockerfile", import.meta.url)

/** The MALLOC_ variables of the Dockerfile. Throws if there are none. */
export const imageMalloc = (): Readonly<Record<string, string>> => {
  const found = [...readFileSync(DOCKERFILE, "utf8").matchAll(/\b(MALLOC_\w+)=(\S+)/g)]
  if (found.length === 0) throw new Error("the Dockerfile sets no MALLOC_ variable")
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]))
}
