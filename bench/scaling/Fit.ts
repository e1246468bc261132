/** Least squares: the line and the power law nearest to points. */

export interface Point {
  readonly x: number
  readonly y: number
}

/** Y = atZero + slope * x. */
export interface Line {
  readonly slope: number
  readonly atZero: number
  /** R^2: the share of the variance of y that the line explains; 1 if all y are equal. */
  readonly explained: number
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0) / values.length

/** Needs at least two different x; NaN otherwise. */
export const fitLine = (points: ReadonlyArray<Point>): Line => {
  const x = mean(points.map((point) => point.x))
  const y = mean(points.map((point) => point.y))
  let xx = 0
  let xy = 0
  let yy = 0
  for (const point of points) {
    xx += (point.x - x) ** 2
    xy += (point.x - x) * (point.y - y)
    yy += (point.y - y) ** 2
  }
  return { slope: xy / xx, atZero: y - (xy / xx) * x, explained: yy === 0 ? 1 : xy ** 2 / (xx * yy) }
}

/** The n of y ~ x^n; all x and y are above 0. */
export const fitExponent = (points: ReadonlyArray<Point>): number =>
  fitLine(points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }))).slope
