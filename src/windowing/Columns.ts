/** `to` with the numbers of `from`, which are no more. */
export const grown = <A extends Float64Array | Int32Array>(from: A, to: A): A => {
  to.set(from)
  return to
}
