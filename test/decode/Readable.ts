import type { Event } from "../../src/domain/Event.ts"
import { textOf } from "../../src/domain/Utf8.ts"

/**
 * An event with its texts as strings: equal events then compare equal, wherever their bytes
 * are.
 */
export const readable = (event: Event) =>
  event._tag === "chat" ? { ...event, user: textOf(event.user), text: textOf(event.text) } : event
