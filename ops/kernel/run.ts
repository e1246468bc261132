/** `npm run kernel`: compiles src/kernel/assembly into src/kernel/Wasm.ts. */
import { writeFileSync } from "node:fs"
import { compile, MODULE } from "./Compile.ts"

const text = await compile(process.cwd())
writeFileSync(MODULE, text)
process.stdout.write(`${MODULE}: ${text.length} bytes\n`)
