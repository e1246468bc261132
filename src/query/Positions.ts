/** Up to which flush of each task a client has been sent everything. The id of live events: `task:flush` pairs by commas. */

export type Positions = ReadonlyMap<number, bigint>

/** An empty id would be none: browsers forget it. */
const NOWHERE = "none"

export const writePositions = (positions: Positions): string =>
  positions.size === 0 ? NOWHERE : [...positions].map(([task, flush]) => `${task}:${flush}`).join(",")

/** `undefined` where the text is none that {@link writePositions} wrote. */
export const readPositions = (text: string): Positions | undefined => {
  const positions = new Map<number, bigint>()
  if (text === NOWHERE) return positions
  for (const pair of text.split(",")) {
    const [, task, flush] = /^(-?\d{1,10}):(\d{1,19})$/.exec(pair) ?? []
    if (task === undefined || flush === undefined) return undefined
    positions.set(Number(task), BigInt(flush))
  }
  return positions
}
