/**
 * The fields of events: by their built-in names, or by the tables of a mapping.
 *
 * A table is a tree of keys. A node of it is a row of entries, one for each key. An entry has the
 * key's first eight bytes (u64, zeros behind a shorter one), its length and address (i32). Then
 * follow its field, or -1 and the first and last address of the node inside it (i32). The wrapper
 * writes the tables, see FieldTable.ts.
 */
import { FIELD_ENTRY } from "./Memory"

export const STREAM: i32 = 0
export const CHANNEL: i32 = 1
export const TIME: i32 = 2
export const EVENT_ID: i32 = 3
export const MESSAGE_ID: i32 = 4
export const USER: i32 = 5
export const USERNAME: i32 = 6
export const TEXT: i32 = 7
export const EMOTE_LIST: i32 = 8
export const VIEWER_COUNT: i32 = 9
export const UNKNOWN: i32 = 10
/** Both kinds have the first fields, by the order of their numbers. */
const OF_BOTH: i32 = (1 << MESSAGE_ID) - 1
export const OF_CHAT: i32 = (1 << VIEWER_COUNT) - 1
export const OF_VIEWER: i32 = OF_BOTH | (1 << VIEWER_COUNT)

// Names as numbers: up to eight of their bytes.
const CHANNEL_NAME: u64 = 0x6c656e6e616863 // "channel"
const EVENT_ID_NAME: u64 = 0x64695f746e657665 // "event_id"
const USER_ID_NAME: u64 = 0x64695f72657375 // "user_id"
const USERNAME_NAME: u64 = 0x656d616e72657375 // "username"
const MESSAGE_NAME: u64 = 0x6567617373656d // "message"
const EMOTES_NAME: u64 = 0x7365746f6d65 // "emotes"
const STREAM_ID_START: u64 = 0x695f6d6165727473 // "stream_i"
const TIMESTAMP_START: u64 = 0x6d617473656d6974 // "timestam"
const MESSAGE_ID_START: u64 = 0x5f6567617373656d // "message_"
const VIEWER_COUNT_START: u64 = 0x635f726577656976 // "viewer_c"
const VIEWER_COUNT_END: u32 = 0x746e756f // "ount"

/** The field with that built-in name; UNKNOWN if there is none. */
export function fieldOf(start: i32, end: i32): i32 {
  const eight = load<u64>(start)
  switch (end - start) {
    case 6:
      return (eight & 0xffffffffffff) == EMOTES_NAME ? EMOTE_LIST : UNKNOWN
    case 7: {
      const seven = eight & 0xffffffffffffff
      return seven == USER_ID_NAME ? USER : seven == MESSAGE_NAME ? TEXT : seven == CHANNEL_NAME ? CHANNEL : UNKNOWN
    }
    case 8:
      return eight == EVENT_ID_NAME ? EVENT_ID : eight == USERNAME_NAME ? USERNAME : UNKNOWN
    case 9:
      if (eight == STREAM_ID_START && load<u8>(start, 8) == 0x64) return STREAM
      return eight == TIMESTAMP_START && load<u8>(start, 8) == 0x70 ? TIME : UNKNOWN
    case 10:
      return eight == MESSAGE_ID_START && load<u16>(start, 8) == 0x6469 ? MESSAGE_ID : UNKNOWN
    case 12:
      return eight == VIEWER_COUNT_START && load<u32>(start, 8) == VIEWER_COUNT_END ? VIEWER_COUNT : UNKNOWN
    default:
      return UNKNOWN
  }
}

// ---- Mapped fields ----
/** The entry of the key in [start, end); 0 if the node has none. */
export function entryOf(node: i32, nodeEnd: i32, start: i32, end: i32): i32 {
  const length = end - start
  let head = load<u64>(start)
  if (length < 8) head &= ((<u64>1) << ((<u64>length) << 3)) - 1
  for (let entry = node; entry < nodeEnd; entry += FIELD_ENTRY) {
    if (load<u64>(entry) != head || load<i32>(entry, 8) != length) continue
    if (length <= 8 || memory.compare(start + 8, load<i32>(entry, 12) + 8, length - 8) == 0) return entry
  }
  return 0
}

/** The field of an entry; -1 if a node is inside it. */
export function entryField(entry: i32): i32 {
  return load<i32>(entry, 16)
}

export function innerNode(entry: i32): i32 {
  return load<i32>(entry, 20)
}

export function innerEnd(entry: i32): i32 {
  return load<i32>(entry, 24)
}
