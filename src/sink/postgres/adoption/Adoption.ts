/**
 * Finds all obstacles in a schema to creating, adopting or using the worker's tables. Changes
 * nothing and waits for no lock on a table.
 */
import { Effect } from "effect"
import { attachmentObstacles } from "./Attachments.ts"
import { readCatalog, SHAPES } from "./Catalog.ts"
import { changing, columnObstacles } from "./Columns.ts"
import { dependentObstacles } from "./Dependents.ts"
import type { Obstacle } from "./Obstacle.ts"
import { keyObstacle, relationObstacles } from "./Relations.ts"
import { missingObjects } from "./SchemaCheck.ts"

export interface Findings {
  /** In the order in which their remedies must run. */
  readonly obstacles: ReadonlyArray<Obstacle>
  /** One phrase for each object that the migrations would create. */
  readonly missing: ReadonlyArray<string>
  /** The latest migration that ran here; 0 = none. */
  readonly lastMigration: number
}

/** `latest` is the number of this worker's newest migration. */
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
