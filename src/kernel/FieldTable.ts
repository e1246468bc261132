/** A mapping of fields as the kernel reads it: the tree of keys of assembly/Fields.ts, as bytes. */
import { type FieldMap, type FieldName, fieldsOf, keepsEnvelope, keysOf, SPELLINGS } from "../domain/FieldMap.ts"
import { invariant, outside } from "../domain/Invariant.ts"
import type { InputKind } from "../domain/Task.ts"

/** The numbers of the fields in the kernel, by the order of their spellings. */
const NUMBERS: Readonly<Record<FieldName, readonly [number, ...ReadonlyArray<number>]>> = {
  stream: [0, 1],
  time: [2],
  id: [3, 4],
  user: [5, 6],
  text: [7],
  emotes: [8],
  viewers: [9]
}

/** Bytes of an entry. */
export const ENTRY_BYTES = 32

/** The field that an entry with a node inside it has. */
const NONE = -1

/** A key leads to a field, or to other keys. */
interface Node {
  readonly field: number
  readonly inner: Map<string, Node>
}

const leaf = (field: number): Node => ({ field, inner: new Map() })

const treeOf = (kind: InputKind, map: FieldMap): Node => {
  const root = leaf(NONE)
  for (const field of fieldsOf(kind)) {
    const pointer = map[field]
    if (pointer === undefined) {
      for (const [index, name] of (SPELLINGS[kind][field] ?? outside()).entries()) {
        root.inner.set(name, leaf(NUMBERS[field][index] ?? outside()))
      }
      continue
    }
    const keys = keysOf(pointer)
    let node = root
    for (const key of keys.slice(0, -1)) {
      const inner = node.inner.get(key) ?? leaf(NONE)
      node.inner.set(key, inner)
      node = inner
    }
    node.inner.set(keys.at(-1) ?? outside(), leaf(NUMBERS[field][0]))
  }
  return root
}

export interface FieldTable {
  readonly bytes: Uint8Array
  /** The first and the last address (open bound) of the root's entries. */
  readonly node: number
  readonly nodeEnd: number
  readonly keepsEnvelope: boolean
}

/** The nodes of the tree in the order in which they are written: the root first. */
const nodesOf = (root: Node): ReadonlyArray<Node> => {
  const nodes = [root]
  for (const node of nodes) for (const inner of node.inner.values()) if (inner.field === NONE) nodes.push(inner)
  return nodes
}

/** The table of a mapping, to be written to `address`. At most `size` bytes. */
export const fieldTableOf = (kind: InputKind, map: FieldMap, address: number, size: number): FieldTable => {
  const root = treeOf(kind, map)
  const nodes = nodesOf(root)
  const starts = new Map<Node, number>()
  let end = address
  for (const node of nodes) {
    starts.set(node, end)
    end += ENTRY_BYTES * node.inner.size
  }
  const bytes = Buffer.alloc(size)
  let entry = 0
  for (const node of nodes) {
    for (const [key, inner] of node.inner) {
      const name = Buffer.from(key)
      invariant(end - address + name.length <= size, "the kernel's table of fields has room")
      name.copy(bytes, end - address)
      name.copy(bytes, entry, 0, 8)
      bytes.writeInt32LE(name.length, entry + 8)
      bytes.writeInt32LE(end, entry + 12)
      bytes.writeInt32LE(inner.field, entry + 16)
      const start = starts.get(inner) ?? 0
      bytes.writeInt32LE(start, entry + 20)
      bytes.writeInt32LE(start + ENTRY_BYTES * inner.inner.size, entry + 24)
      entry += ENTRY_BYTES
      end += name.length
    }
  }
  return {
    bytes: bytes.subarray(0, end - address),
    node: address,
    nodeEnd: address + ENTRY_BYTES * root.inner.size,
    keepsEnvelope: keepsEnvelope(map)
  }
}
