/** `npm run licences`: what is shipped of others, a line each, as the last build wrote it down. */
import { readFileSync } from "node:fs"

const text = readFileSync(new URL("../../dist/THIRD_PARTY.txt", import.meta.url), "utf8")
for (const [line] of text.matchAll(/^\S+ \d\S* \([^)\n]+\)$/gm)) process.stdout.write(`${line}\n`)
