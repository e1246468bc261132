/**
 * How the container image has the C library give memory back: the worker is measured as it is
 * shipped.
 */
import { readFileSync } from "node:fs"

const DOCKERFILE = new URL("../../Dockerfile", import.meta.url)

/** The MALLOC_ variables that the Dockerfile sets. Throws where there are none. */
export const imageMalloc = (): Readonly<Record<string, string>> => {
  const found = [...readFileSync(DOCKERFILE, "utf8").matchAll(/\b(MALLOC_\w+)=(\S+)/g)]
  if (found.length === 0) throw new Error("the Dockerfile says nothing of malloc")
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]))
}
