/** A profile for people: a section of a document, below its picture. */
import type { Results, Run } from "../Results.ts"
import type { Profile } from "./Profile.ts"
import { busyUs, type Share } from "./Shares.ts"

/** How many functions are named. */
const MOST = 25

const number = (value: number): string => Math.round(value).toLocaleString("en")

const percent = (share: number): string => (Number.isFinite(share) ? (share * 100).toFixed(1) : "")

const code = (text: string): string => (text === "" ? "" : `\`${text}\``)

export interface Told {
  readonly command: string
  readonly results: Results
  readonly run: Run
  readonly picture: string
}

/** In one line, for the picture. */
export const caption = ({ results, run }: Told): string =>
  `WORKERS=1 over a backlog of ${number(results.records)} records, ${number(results.records / run.seconds)} a second while profiled, from the first fetch to the last commit; ${results.at}`

const FACTS = ["processor", "system", "the worker", "Node", "kafkajs", "Kafka broker", "PostgreSQL"]

export const describe = (told: Told, profile: Profile, shares: ReadonlyArray<Share>): string => {
  const { command, picture, results, run } = told
  const busy = busyUs(profile)
  const functions = profile.selves.toSorted((a, b) => b.selfUs - a.selfUs).filter(({ file }) => file !== "")
  return [
    `${results.at}, \`${command}\`. ${results.machine
      .filter(([name]) => FACTS.includes(name))
      .map(([name, value]) => `${name}: ${value}`)
      .join("; ")}.`,
    "",
    `![Flame graph of the worker](${picture})`,
    "",
    `The worker from its sources, WORKERS=1, over a backlog of ${number(results.records)} records of ${number(results.load.streams)} streams in ${results.load.partitions} partitions, on a real broker and a real PostgreSQL; its ${number(run.rows?.expected ?? 0)} rows were compared with a recount. From the first fetch to the last commit: ${run.seconds.toFixed(1)} s, ${number(results.records / run.seconds)} records/s with the profiler on (\`node --cpu-prof\`, ${number(profile.samples)} samples). Its main thread alone: what Node's other threads and V8's helpers do is not in it.`,
    "",
    "A frame stands on what called it and is as wide as the time in it and on it. Functions of Effect's runtime, Node, kafkajs and other packages that call each other are folded into one frame each. Effect resumes a fiber on the stack of whoever wakes it: a task's step may stand on the fetch whose records it waited for.",
    "",
    "Functions' own time, by where they stand. What is built into V8 and Node (`JSON.parse`, copying bytes, writing to a socket) counts for whoever calls it.",
    "",
    "| part | % of the time | % of the time that is not idle |",
    "|---|--:|--:|",
    ...shares.map(({ ofAll, ofBusy, part }) => `| ${part.name} | ${percent(ofAll)} | ${percent(ofBusy)} |`),
    "",
    `The ${Math.min(MOST, functions.length)} functions with the most time of their own:`,
    "",
    "| function | file | part | % of the time that is not idle |",
    "|---|---|---|--:|",
    ...functions
      .slice(0, MOST)
      .map(
        ({ file, name, part, selfUs }) => `| ${code(name)} | ${code(file)} | ${part.name} | ${percent(selfUs / busy)} |`
      )
  ].join("\n")
}
