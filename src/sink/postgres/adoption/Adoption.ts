/** Everything in a schema that keeps the worker from creating, adopting or using its tables. Changes nothing and waits for no lock on a table. */
import { Effect } from "effect"
import { attachmentObstacles } from "./Attachments.ts"
import { readCatalog, SHAPES } from "./Catalog.ts"
import { changing, columnObstacles } from "./Columns.ts"
import { dependentObstacles } from "./Dependents.ts"
import type { Obstacle } from "./Obstacle.ts"
import { keyObstacle, relationObstacles } from "./Relations.ts"
import { missingObjects } from "./SchemaCheck.ts"

export interface Findings {
  /** In the order in which their remedies have to run. */
  readonly obstacles: ReadonlyArray<Obstacle>
  /** What the migrations would create, one phrase each. */
  readonly missing: ReadonlyArray<string>
  /** The latest migration that ran here; 0 = none. */
  readonly lastMigration: number
}

/** `latest`: the number of the newest migration that this worker has. */
export const examine = Effect.fnUntraced(function* (schema: string, latest: number) {
  const { catalog, view } = yield* readCatalog(schema)
  const { keyless, missing } = yield* missingObjects(schema)
  const relations = relationObstacles(catalog, view)
  const columns = columnObstacles(
    catalog,
    Object.keys(SHAPES).filter((name) => catalog.relations.has(name) && !relations.moved.has(name))
  )
  const isKept = (name: string) => !relations.moved.has(name) && !columns.moved.has(name)
  const members = catalog.members.filter(({ name }) => isKept(name))
  const tables = [...catalog.relations.keys()].filter(isKept)
  const isChanging = catalog.lastMigration < latest || missing.length > 0
  const findings: Findings = {
    obstacles: [
      ...relations.obstacles,
      ...(yield* dependentObstacles(members, changing(catalog, tables))),
      ...(yield* attachmentObstacles(members, isChanging)),
      ...columns.obstacles,
      ...keyless.filter(isKept).map((table) => keyObstacle(catalog, table))
    ],
    missing,
    lastMigration: catalog.lastMigration
  }
  return findings
})
