#!/usr/bin/env -S node --max-semi-space-size=16 --
// Starts the worker. `--` keeps Node from reading our flag --env-file itself: it ends with 9 if the file is missing. The flag before it: Node's own choice for new objects, 64 MiB in each of two halves and in each thread, makes nothing faster here.
// Written so that an old Node can read it and gets a sentence instead of a syntax error: no dependency, nothing newer than modules.
import fs from "fs"

const needed = [22, 19]
const running = process.versions.node.split(".").map(Number)

const refuse = (sentence) => {
  process.stderr.write(sentence + "\n")
  process.exit(78) // EX_CONFIG of sysexits.h, as in src/cli/ExitCodes.ts
}

if (running[0] < needed[0] || (running[0] === needed[0] && running[1] < needed[1])) {
  refuse(
    "telemetra needs Node " +
      needed.join(".") +
      " or newer, this is " +
      process.versions.node +
      ": `npm ci` installs a Node of its own for the npm scripts (`npm start`, `npm run telemetra`)."
  )
}
if (!fs.existsSync(new URL("../dist/main.js", import.meta.url))) {
  refuse("telemetra is not built yet: run `npm ci`, which builds it unless --omit=dev leaves out the build tools.")
}

// npm forwards SIGTERM and SIGINT only. When it dies of anything else, the worker would run on without it and keep the port and the data folder.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, "SIGTERM")
  }, 250)
  watch.unref()
}
import("../dist/main.js")
