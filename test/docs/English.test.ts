/** The rules find planted violations, ignore good text, and hold in the listed folders. */
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { filesOf } from "./Files.ts"
import { violations } from "./Rules.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Pages with violations. */
const REWRITTEN_LATER = ["benchmarks"].map((page) => `docs/${page}.md`)

/** Folders and files without violations. */
const PLAIN: ReadonlyArray<string> = [
  "README.md",
  "CHANGELOG.md",
  ...globSync("docs/*.md", { cwd: root }).filter((path) => !REWRITTEN_LATER.includes(path)),
  "bench",
  "bin",
  "dashboard",
  "docs/adr",
  "migrations",
  "ops",
  "src",
  "test"
]

const rulesOf = (path: string, source: string): ReadonlyArray<string> =>
  violations(path, source).map(({ rule }) => rule)

const words = (count: number): string => `Words ${"are ".repeat(count - 2)}counted.`

/** Sentences that break one rule each, by the beginning of its name. */
const BAD: ReadonlyArray<readonly [rule: string, sentence: string]> = [
  ["report, log or return", "The worker tells of failures."],
  ["report, log or return", "A failure is told once."],
  ["state, report or contain", "The log says why."],
  ["request, query or check", "The broker is asked for offsets."],
  ["check, read or search", "Each tick looks at the clock."],
  ["be, exist or remain", "The position stands in the table."],
  ["stop or fail", "The fetcher gives in after a minute."],
  ["again", "The list is requested anew."],
  ["equal or the same", "All partitions are alike."],
  ["next to or as well as", "HTTP runs beside the pipeline."],
  ["usually or a figure", "The thread is mostly idle."],
  ["also or the same", "Kafka is likewise optional."],
  ["caller, client", "Somebody dropped the table."],
  ["caller, client", "A form for who cannot wait."],
  ["continue or make progress", "The worker goes on."],
  ["ended or removed", "Such moments are no more."],
  ["silently", "The client stops without a word."],
  ["without effect", "The lock is taken in vain."],
  ["maintain", "Partitions are looked after."],
  ["the plain form", "The command is idempotent: twice is as once."],
  ["a subject first", "Of ten records one is late."],
  ["if or when", "Where the log is empty, the input is idle."],
  ["a noun first", "What is fetched waits compressed."],
  ["a noun first", "Who reads results needs one role."],
  ["at most 25 words", words(26)]
]

const GOOD: ReadonlyArray<string> = [
  "Returns the end offset, which a look-up in the log may change.",
  "Names are looked up. The look-back is two spans; `told` is a name of the wire format.",
  'A chatter wrote "tell me, nobody asked".',
  "There is no more than one owner, and there are no more records.",
  "Whether the caller waits. How long a retry takes.",
  "See [the log](../docs/told-a.md) for `what it says`.",
  "A stand-in for the broker; the acronym stands for nothing.",
  "Reads on until the end.",
  words(25)
]

describe("the rules", () => {
  for (const [rule, sentence] of BAD) {
    it(`find in each kind of text: ${sentence.slice(0, 60)}`, () => {
      const texts = {
        "a.md": `# Title\n\nA line.\n${sentence}\n`,
        "a.ts": `/** Sums. */\nconst a = 1 // one\n// ${sentence}\n`,
        "b.ts": `/**\n * Sums.\n *\n * ${sentence}\n */\nexport const f = () => 1\n`,
        "c.ts": `const a = ${JSON.stringify(sentence)}\n`,
        "d.ts": `const b = 1\nconst a = \`\${b}. \n ${sentence} \${b}\`\n`,
        "e.tsx": `const a = <p>{" "}${sentence}</p>\n`,
        "f.yaml": `a: 1\n# ${sentence}\n`,
        "g.sql": `SELECT 1;\n-- ${sentence}\n`,
        "h.sh": `#!/bin/sh\n# ${sentence}\n`,
        "i.css": `/* ${sentence} */\n`
      }
      for (const [path, text] of Object.entries(texts)) {
        const found = violations(path, text).filter(({ rule: name }) => name.startsWith(rule))
        assert.isAtLeast(found.length, 1, path)
        const lines = text.split("\n").map((line) => line.includes(sentence.slice(0, 20)))
        for (const { line } of found) assert.isTrue(lines[line - 1] ?? false, `${path}:${line}`)
      }
    })
  }

  it("are silent about good sentences", () => {
    for (const sentence of GOOD) {
      assert.deepStrictEqual(rulesOf("a.md", `${sentence}\n`), [], sentence)
      assert.deepStrictEqual(rulesOf("a.ts", `// ${sentence.replaceAll(/(.{60,80}) /g, "$1\n// ")}\n`), [], sentence)
    }
  })

  it("know a sentence's end in comments, lists and tables", () => {
    const half = words(20).slice(0, -1)
    assert.deepStrictEqual(rulesOf("a.md", `- ${half}\n- ${half}\n\n| ${half} | ${half} |\n`), [])
    assert.deepStrictEqual(rulesOf("a.md", `${half}.\n${half}.\n`), [])
    assert.lengthOf(rulesOf("a.md", `${half},\n${half}.\n`), 1)
    assert.lengthOf(rulesOf("a.md", `- ${half},\n  ${half}.\n`), 1)
    assert.lengthOf(rulesOf("a.md", `${half}, e.g. ${half}.\n`), 1)
  })

  it("count code, links and quotations as one word", () => {
    const long = '`a b c d e f g h i j` [a b c d e f g h](b.md) https://a.b/c-d "a b c d e f g h i j"'
    assert.deepStrictEqual(rulesOf("a.md", `One ${long} ends.\n`), [])
  })

  it("ignore code fences, generated tables and machines, directives and indented examples", () => {
    const bad = "nobody told them"
    assert.deepStrictEqual(rulesOf("a.md", `\`\`\`text\n${bad}\n\`\`\`\n`), [])
    assert.deepStrictEqual(rulesOf("a.md", `<!-- x: begin -->\n| ${bad} |\n<!-- x: end -->\n`), [])
    const command = "`npm run bench:x`"
    assert.deepStrictEqual(rulesOf("a.md", `<!-- x: begin -->\n${command}; ${words(30)}\n<!-- x: end -->\n`), [])
    assert.lengthOf(rulesOf("a.md", `${command}; ${words(30)}\n`), 1)
    assert.lengthOf(rulesOf("a.md", `| ${bad} |\n`), 2)
    assert.deepStrictEqual(rulesOf("a.ts", "// oxlint-disable-next-line no-console -- told so by hand\n"), [])
    assert.deepStrictEqual(rulesOf("a.ts", `/**\n * Adds.\n *\n *     ${words(20)}\n *     ${words(20)}\n */\n`), [])
  })

  it("leave data alone: single words, patterns, word lists", () => {
    assert.deepStrictEqual(rulesOf("a.ts", "const a = /told|asked/\n"), [])
    assert.deepStrictEqual(rulesOf("a.ts", 'const a = new Set(["told", "asked"])\n'), [])
    assert.deepStrictEqual(rulesOf("src/sentiment/lexicon/A.ts", 'const a = "nobody told them"\n'), [])
    assert.deepStrictEqual(rulesOf("a.ts", `const a = \`SELECT ${"a, ".repeat(30)} FROM b\`\n`), [])
  })

  it("want whole comments to be sentences, and let labels be", () => {
    assert.deepStrictEqual(rulesOf("a.ts", "// the limit of one batch.\n"), ["a capital letter first"])
    assert.deepStrictEqual(rulesOf("a.ts", "// The limit of one batch\n"), ["a full stop last"])
    assert.deepStrictEqual(rulesOf("a.ts", "// The limit of\n// one batch\n"), ["a full stop last"])
    const fine = [
      "// The limit of one batch.",
      "const a = 1 // the limit of one batch",
      "// kept",
      "// `a` is the limit."
    ]
    for (const text of [...fine, "// kafkajs reads it once.", "// The order of calls is `a`, `b`"]) {
      assert.deepStrictEqual(rulesOf("a.ts", `${text}\n`), [], text)
    }
  })

  it("limit comments to 100 columns and code to 120", () => {
    const comment = `// A${"b".repeat(94)}. `
    assert.deepStrictEqual(rulesOf("a.ts", `${comment.trim()}\n`), [])
    assert.deepStrictEqual(rulesOf("a.ts", `${comment}c\n`), ["comments within 100 columns, not 101"])
    const method = `  #a(${"bcdefg, ".repeat(13)}h) {}`
    assert.deepStrictEqual(rulesOf("a.ts", `class A {\n${method}\n}\n`), [])
    assert.deepStrictEqual(rulesOf("a.sql", `--${"b".repeat(99)}\n`), ["comments within 100 columns, not 101"])
    const code = `const a = [${"1, ".repeat(35)}12]`
    assert.deepStrictEqual(rulesOf("a.ts", `${code}\n`), [])
    assert.deepStrictEqual(rulesOf("a.ts", `${code} // b\n`), ["code within 120 columns, not 124"])
    assert.deepStrictEqual(rulesOf("a.ts", `const a = "${"long ".repeat(30)}"\n`), ["at most 25 words, not 30"])
  })

  it("apply to identifiers, in each part of a name", () => {
    for (const name of ["told", "isAsked", "tellOnce", "Look", "LOOK_EVERY_MS", "lookAgain", "saidBy", "NOBODY"]) {
      assert.deepStrictEqual(rulesOf("a.ts", `const ${name} = 1\n`), ["a plain identifier"], name)
      assert.deepStrictEqual(rulesOf("a.ts", `const a = { ${name}: 1 }\n`), ["a plain identifier"], name)
    }
    for (const name of ["task", "mask", "lookBackMs", "lookup", "lookUp", "LOOK_BACK", "essays", "basket"]) {
      assert.deepStrictEqual(rulesOf("a.ts", `const ${name} = 1\n`), [], name)
    }
  })
})

describe("plain English", () => {
  it.each(PLAIN)("in %s", (folder) => {
    const found = filesOf([folder], root).flatMap((path) =>
      violations(path, readFileSync(join(root, path), "utf8")).map(
        ({ excerpt, line, rule }) => `${path}:${line}: ${rule}: ${excerpt}`
      )
    )
    assert.deepStrictEqual(found, [])
  })
})
