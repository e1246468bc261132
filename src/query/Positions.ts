/**
 * The position of a live client: for each task the last flush of which the client has everything.
 * The id of a live event holds it as `task:flush` pairs, separated by commas.
 */

export type Positions = ReadonlyMap<number, bigint>

/** The id without any task. Browsers drop an empty id. */
const NOWHERE = "none"

export const writePositions = (positions: Positions): string =>
  positions.size === 0 ? NOWHERE : [...positions].map(([task, flush]) => `${task}:${flush}`).join(",")

/** Returns `undefined` if {@link writePositions} did not write the text. */
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
