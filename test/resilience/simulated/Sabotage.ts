/** Faults of a worker or of a database, put between the two: the simulation must find each. */
import { Effect } from "effect"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { OffsetRuns } from "../../../src/domain/OffsetRuns.ts"
import type { Flush } from "../../../src/domain/Flush.ts"
import type { Moment } from "../../../src/domain/Moment.ts"
import type { PipelineSettings, ReadSettings } from "../../../src/domain/Settings.ts"
import type { Sabotage } from "./Tables.ts"

/** The checkpoint is not what was committed when a task is taken over. */
const takenOverAs =
  (change: (checkpoint: Checkpoint, settings: PipelineSettings) => Checkpoint): Sabotage =>
  (store, settings) => ({
    ...store,
    takeOver: (sourcePartition, owner) =>
      Effect.map(store.takeOver(sourcePartition, owner), (checkpoint) => change(checkpoint, settings))
  })

/** A commit is changed to pass the checks against the stored checkpoint. */
const committedAs =
  (change: (stored: Checkpoint) => Partial<Checkpoint>): Sabotage =>
  (store) => ({
    ...store,
    commit: (flush) =>
      Effect.flatMap(store.load(flush.checkpoint.sourcePartition), (stored) =>
        store.commit({ ...flush, checkpoint: { ...flush.checkpoint, ...(stored && change(stored)) } })
      )
  })

/** Each flush is committed after a change that depends on those before. */
const changed =
  (change: () => (flush: Flush) => Flush): Sabotage =>
  (store) => {
    const next = change()
    return { ...store, commit: (flush) => store.commit(next(flush)) }
  }

/** A mapping in force from now on is that of all records before. */
export const newMapping = takenOverAs((checkpoint, { read }) => {
  const mapped = ({
    futureReference,
    maxEventBytes,
    maxFutureSkewMs,
    watermarkDelayMs
  }: ReadSettings): ReadSettings => ({
    futureReference,
    maxEventBytes,
    maxFutureSkewMs,
    watermarkDelayMs,
    ...(read.fields && { fields: read.fields })
  })
  return {
    ...checkpoint,
    read: mapped(checkpoint.read),
    inputs: checkpoint.inputs.map((input) => ({
      ...input,
      earlier: input.earlier.map(({ settings, untilOffset }) => ({ untilOffset, settings: mapped(settings) }))
    }))
  }
})

/** Quotes stay when the moment has a greater peak. */
const firstQuotes = () => {
  const quoted = new Set<string>()
  const keepFirst = ({ content, ...moment }: Moment): Moment => {
    const key = JSON.stringify([moment.stream, moment.openedAs, moment.timestampMs])
    if (content === undefined || quoted.has(key)) return moment
    quoted.add(key)
    return { ...moment, content }
  }
  return (flush: Flush): Flush => ({ ...flush, moments: flush.moments.map(keepFirst) })
}

export const SABOTAGES: ReadonlyArray<{ readonly fault: string; readonly sabotage: Sabotage }> = [
  {
    fault: "a commit checks neither epoch nor flush",
    sabotage: committedAs(({ epoch, flushNumber }) => ({ epoch, flushNumber: flushNumber + 1 }))
  },
  {
    fault: "a commit checks the flush, not the epoch",
    sabotage: committedAs(({ epoch }) => ({ epoch }))
  },
  {
    fault: "nothing is read again",
    sabotage: takenOverAs((checkpoint) => ({
      ...checkpoint,
      inputs: checkpoint.inputs.map((input) => ({ ...input, rereadOffset: input.nextOffset }))
    }))
  },
  {
    fault: "windows that are written already are written again",
    sabotage: takenOverAs((checkpoint) => ({
      ...checkpoint,
      watermarkMs: EventTimeMs(checkpoint.watermarkMs - checkpoint.window.sizeMs)
    }))
  },
  {
    fault: "a re-read starts from the watermark of the end",
    sabotage: takenOverAs((checkpoint) => ({
      ...checkpoint,
      inputs: checkpoint.inputs.map((input) => ({
        ...input,
        maxTimeBeforeRereadMs: EventTimeMs(
          Math.max(input.maxTimeBeforeRereadMs, checkpoint.watermarkMs + checkpoint.read.watermarkDelayMs + 1)
        )
      }))
    }))
  },
  {
    fault: "a re-read uses the settings of the restart",
    sabotage: takenOverAs((checkpoint, { read }) => ({
      ...checkpoint,
      read,
      inputs: checkpoint.inputs.map((input) => ({ ...input, earlier: [] }))
    }))
  },
  {
    fault: "a re-read knows only the last settings",
    sabotage: takenOverAs((checkpoint) => ({
      ...checkpoint,
      inputs: checkpoint.inputs.map((input) => ({ ...input, earlier: [] }))
    }))
  },
  {
    fault: "a re-read uses the mapping of the restart",
    sabotage: newMapping
  },
  {
    fault: "windows that are not whole are written",
    sabotage: takenOverAs((checkpoint, { window }) => ({ ...checkpoint, window }))
  },
  {
    fault: "the clock judges re-read records again",
    sabotage: (store) => ({
      ...store,
      recover: (checkpoint, bounds) =>
        Effect.map(store.recover(checkpoint, bounds), (recovered) => ({
          ...recovered,
          futureOffsets: checkpoint.inputs.map(() => new OffsetRuns())
        }))
    })
  },
  {
    fault: "baselines are forgotten",
    sabotage: (store) => ({
      ...store,
      baselines: () => Effect.void
    })
  },
  {
    fault: "slides since the baselines are forgotten",
    sabotage: (store) => ({
      ...store,
      slides: () => Effect.void
    })
  },
  {
    fault: "open moments are forgotten",
    sabotage: (store) => ({
      ...store,
      recover: (checkpoint, bounds) =>
        Effect.map(store.recover(checkpoint, bounds), (recovered) => ({ ...recovered, moments: [] }))
    })
  },
  {
    fault: "known gaps are forgotten",
    sabotage: (store) => ({
      ...store,
      recover: (checkpoint, bounds) =>
        Effect.map(store.recover(checkpoint, bounds), (recovered) => ({ ...recovered, gaps: [] }))
    })
  },
  {
    fault: "the sensitivity that a task applied is forgotten",
    sabotage: (store) => ({
      ...store,
      recover: (checkpoint, bounds) =>
        Effect.map(store.recover(checkpoint, bounds), (recovered) => ({ ...recovered, sensitivity: [] }))
    })
  },
  {
    fault: "a version of the sensitivity is stored from a later window on",
    sabotage: changed(() => ({ sensitivity = [], ...flush }) => ({
      ...flush,
      sensitivity: sensitivity.map(({ fromEndMs, version }) => ({
        version,
        fromEndMs: EventTimeMs(fromEndMs + flush.checkpoint.window.slideMs)
      }))
    }))
  },
  { fault: "quotes are those of a moment's first peak", sabotage: changed(firstQuotes) },
  {
    fault: "quotes hold the names",
    sabotage: changed(() => (flush) => ({
      ...flush,
      moments: flush.moments.map(({ content, ...moment }) => ({
        ...moment,
        ...(content && { content: { ...content, samples: content.samples.map((each) => ({ ...each, user: "u" })) } })
      }))
    }))
  }
]
