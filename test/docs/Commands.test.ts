/** Commands in README.md, docs/ and --help name existing programs, flags, scripts and paths. */
import { spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { parse } from "yaml"
import { inherited } from "../harness/WorkerProcess.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), "utf8")
const { scripts } = JSON.parse(read("package.json"))
const { services } = parse(read("compose.yaml"), { merge: true })

interface Documented {
  readonly where: string
  readonly command: string
}

/**
 * Lines of shell blocks, with continued lines joined and comments removed, and inline code that
 * begins with the name of a program.
 */
const commandsOf = (path: string, text: string): ReadonlyArray<Documented> => {
  const blocks = [...text.matchAll(/^( *)```(?:sh|bash)\n([\s\S]*?)^\1```$/gm)].map(([, , block = ""]) => block)
  const inBlocks = blocks
    .join("\n")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/(?:^|\s+)# .*$/, "").trim())
  const inline = [...text.matchAll(/`((?:npm|npx|telemetra|docker|node|kafka-[a-z-]+\.sh) [^`\n]+)`/g)].map(
    ([, code = ""]) => code
  )
  return [...inBlocks, ...inline].filter((command) => command !== "").map((command) => ({ where: path, command }))
}

const helps = globSync("src/cli/*.ts", { cwd: root }).flatMap((path) =>
  [...read(path).matchAll(/command: (?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)].map(([, plain, template]) => ({
    where: path,
    command: plain ?? template ?? ""
  }))
)

const documented: ReadonlyArray<Documented> = [
  ...["README.md", ...globSync("docs/*.md", { cwd: root })].flatMap((path) => commandsOf(path, read(path))),
  ...helps
]

/** The parts of a command line that are joined by `|`, `&&`, `;`. */
const partsOf = (command: string): ReadonlyArray<string> =>
  command
    .replaceAll(/'[^']*'|"[^"]*"/g, (quoted) => quoted.replaceAll(/[|;&]/g, "_"))
    .split(/\|\|?|&&|;|&$/)
    .map((part) => part.trim())

/** Without variables before the program. */
const withoutVariables = (part: string): string => part.replace(/^(?:[A-Z_]+=(?:'[^']*'|"[^"]*"|\S*)\s+)*/, "")

const telemetraCalls = documented.flatMap(({ command, where }) =>
  partsOf(command).flatMap((part) => {
    const bare = withoutVariables(part)
    const [, args] =
      /^(?:telemetra|npm run (?:-s )?telemetra --|.*node -- (?:\/app\/)?bin\/telemetra\.js)(?: +(.*))?$/.exec(bare) ??
      []
    return args === undefined ? [] : [{ where, part, args: args.split(/\s+/) }]
  })
)

/** The --help text of a command or subcommand. */
const helpOf = (...command: ReadonlyArray<string>): string => {
  const { stdout } = spawnSync(process.execPath, [join(root, "src/main.ts"), ...command, "--help"], {
    encoding: "utf8",
    env: inherited()
  })
  return stdout
}

const SUBCOMMANDS = [
  "run",
  "demo",
  "doctor",
  "migrate",
  "replay",
  "compare",
  "dead-letters",
  "simulate",
  "collect",
  "moments",
  "streams"
]
/** Placeholders in the text. */
const PLACEHOLDERS = ["COMMAND", "...", "…"]

describe("documented commands", () => {
  it("are found", () => {
    assert.isAbove(documented.length, 60)
    assert.isAbove(telemetraCalls.length, 20)
  })

  it("name existing npm scripts", () => {
    for (const { command, where } of documented) {
      for (const [, name = ""] of command.matchAll(/\bnpm run (?:-s |--silent )?([\w:]+)/g)) {
        assert.property(scripts, name, `${where}: ${command}`)
      }
    }
  })

  it("run npm silently if another program reads the output", () => {
    for (const { command, where } of documented) {
      // npm prints a banner. It breaks every reader except that of the log of `npm start`.
      assert.notMatch(command, /\bnpm run (?!-s |--silent )[^|&;]*\|/, where)
      assert.notMatch(command, /\bnpm run (?!-s |--silent )[^|&;]*[^-\d]>(?!=)/, where)
    }
  })

  it("do not pass --env-file to Node", () => {
    for (const { command, where } of documented) {
      assert.notMatch(command, /\bnode (?:--[\w=-]+ )*(?:\/app\/)?bin\/telemetra\.js .*--env-file/, where)
      assert.notMatch(command, /exec \S+ node \/app/, where)
    }
  })

  it("name existing subcommands and flags of telemetra", () => {
    const texts = new Map<string, string>()
    const textOf = (...names: ReadonlyArray<string>) => {
      const key = names.join(" ")
      const text = texts.get(key) ?? helpOf(...names)
      texts.set(key, text)
      return text
    }
    for (const { args, part, where } of telemetraCalls) {
      const at = `${where}: ${part}`
      if (PLACEHOLDERS.some((name) => args.includes(name))) continue
      const command = args.find((arg) => SUBCOMMANDS.includes(arg))
      const flags = args
        .filter((arg) => arg.startsWith("--"))
        .map((arg) => arg.replace(/=.*/, "").replace(/[).,]+$/, ""))
      if (command === undefined) {
        assert.isTrue(flags.length > 0 && args.every((arg) => arg.startsWith("-")), at)
        continue
      }
      const below = command === "dead-letters" ? [args[args.indexOf(command) + 1] ?? ""] : []
      const names = [command, ...below.filter((name) => ["list", "show"].includes(name))]
      for (const flag of flags) {
        if (flag === "--help") continue
        assert.match(textOf(...names), new RegExp(`${flag}\\b`), at)
      }
    }
  }, 240_000)

  it("name existing services and containers of Docker", () => {
    const containers = Object.values<{ readonly container_name?: string }>(services).flatMap(
      ({ container_name: name }) => name ?? []
    )
    for (const { command, where } of documented) {
      for (const [, rest = ""] of command.matchAll(
        /docker compose (?:logs|exec|restart|stop|start|run)((?: [^|&;]+)?)/g
      )) {
        const words = rest
          .replaceAll(/--tail \d+/g, "")
          .trim()
          .split(/\s+/)
        const service = words.find((word) => word !== "" && !word.startsWith("-"))
        if (service !== undefined) assert.property(services, service, `${where}: ${command}`)
      }
      for (const [, name = ""] of command.matchAll(/docker (?:logs|exec)(?: -[\w-]+)* ([\w-]+)/g)) {
        assert.include(containers, name, `${where}: ${command}`)
      }
    }
  })

  it("pass brokers, topic and partitions to the tools of Kafka", () => {
    for (const { command, where } of documented) {
      for (const part of partsOf(command)) {
        const [, tool, rest = ""] = /^(?:\S*\/)?kafka-([a-z-]+)\.sh( .*)$/.exec(part) ?? []
        if (tool === undefined || tool === "dump-log" || /^ --?[\w-]+$/.test(rest) || /^ [a-z-]+$/.test(rest)) continue
        assert.include(rest, "--bootstrap-server ", `${where}: ${part}`)
        if (tool === "topics" && /--(?:create|alter)/.test(rest)) {
          assert.match(rest, /--topic \S+/, `${where}: ${part}`)
          assert.match(rest, /--partitions \d+/, `${where}: ${part}`)
        }
      }
    }
  })

  it("name existing files of the repository", () => {
    for (const { command, where } of documented) {
      for (const [, path = ""] of command.matchAll(/(?:^|\s)((?:\.\/)?(?:ops|bin|bench|test|docs|src)\/[\w./-]+)/g)) {
        assert.isTrue(existsSync(join(root, path)), `${where}: ${command}`)
      }
      const [, copied] = /^cp (\S+)/.exec(command) ?? []
      if (copied !== undefined) assert.isTrue(existsSync(join(root, copied)), `${where}: ${command}`)
    }
  })

  it("pass existing flags to npm scripts", () => {
    for (const { command, where } of documented) {
      for (const [, name = "", rest = ""] of command.matchAll(/\bnpm run (?:-s )?([\w:]+) -- ([^|&;]*)/g)) {
        const [file] = /(?:bench|test|ops)\/[\w/]+\.ts/.exec(scripts[name] ?? "") ?? []
        if (file === undefined) continue
        for (const [, flag = ""] of rest.matchAll(/--([a-z-]+)/g)) {
          assert.include(read(file).replaceAll("--", ""), flag, `${where}: ${command}`)
        }
      }
    }
  })
})
