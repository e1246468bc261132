import type { Event } from "../../src/domain/Event.ts"
import { textOf } from "../../src/domain/Utf8.ts"

/**
 * An event with its texts as strings: two that are alike are then equal, wherever their bytes
 * stand.
 */
export const readable = (event: Event) =>
  event._tag === "chat" ? { ...event, user: textOf(event.user), text: textOf(event.text) } : event
