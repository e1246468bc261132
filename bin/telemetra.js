#!/usr/bin/env -S node --max-semi-space-size=16 --
// Starts the worker. `--` keeps Node from reading the flag --env-file itself: Node exits with 9 if
// the file is missing. --max-semi-space-size limits the space for new objects. Node's default of
// 64 MiB for each of two halves and each thread makes nothing faster here.
// An old Node must parse this file, so that it prints a message and no syntax error. Therefore
// it has no dependencies and uses nothing newer than modules.
import fs from "fs"

const needed = [22, 19]
const running = process.versions.node.split(".").map(Number)

const refuse = (sentence) => {
  process.stderr.write(sentence + "\n")
  process.exit(78) // EX_CONFIG of sysexits.h, as in src/domain/ExitCode.ts
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

// npm forwards only SIGTERM and SIGINT. If it dies of another signal, the worker would continue
// without it and keep the port and the data folder.
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
