/** Text from outside, made safe for a terminal and a log. */

// C0 and C1 controls, line and paragraph separators, marks that reorder text.
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g // oxlint-disable-line no-control-regex -- they are what it looks for

/**
 * Text from outside, safe for one line of a terminal. Control characters become `\u` and four hex
 * digits, as in JSON.
 */
export const escapeControls = (text: string): string =>
  text.replace(controls, (char) => String.raw`\u` + char.charCodeAt(0).toString(16).padStart(4, "0"))
