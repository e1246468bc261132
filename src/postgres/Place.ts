/** Names a database in messages. Contains no secret. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly schema: string
}

/** How each message about a database begins. */
export const serverAt = ({ database, host, port }: Pick<Place, "database" | "host" | "port">): string =>
  `PostgreSQL at ${host}:${port}/${database}`
