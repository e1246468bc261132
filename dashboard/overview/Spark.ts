/** The outline of a small chart. Pure. */

export interface Spark {
  /** Path data of the line. */
  readonly line: string
  /** Path data of the area under the line. */
  readonly area: string
  /** End of the line. */
  readonly endX: number
  readonly endY: number
}

/**
 * Draws the values from left to right in a box with a margin of 2: 0 at the bottom, the maximum at
 * the top. Returns `undefined` for fewer than two values.
 */
export const spark = (values: ReadonlyArray<number>, width: number, height: number): Spark | undefined => {
  const last = values.at(-1)
  if (values.length < 2 || last === undefined) return undefined
  const greatest = Math.max(1, ...values)
  const x = (index: number): number => Math.round((2 + (index * (width - 4)) / (values.length - 1)) * 10) / 10
  const y = (value: number): number => Math.round((height - 2 - (value * (height - 4)) / greatest) * 10) / 10
  const line = values.map((value, index) => `${index === 0 ? "M" : "L"}${x(index)} ${y(value)}`).join("")
  const endX = x(values.length - 1)
  return { line, area: `${line}L${endX} ${height}L${x(0)} ${height}Z`, endX, endY: y(last) }
}
