import type { Event } from "../../src/domain/Event.ts"
import { textOf } from "../../src/domain/Utf8.ts"

/**
 * An event with its texts as strings: equal events then compare equal, wherever their bytes
 * are.
 */
export const readable = (event: Event) => {
  const stream = textOf(event.stream)
  return event._tag === "chat"
    ? { ...event, stream, user: textOf(event.user), text: textOf(event.text), emotes: event.emotes.map(textOf) }
    : { ...event, stream }
}
