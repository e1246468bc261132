/** Copies `from` into the larger `to` and returns it. */
export const grown = <A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A): A => {
  to.set(from)
  return to
}
