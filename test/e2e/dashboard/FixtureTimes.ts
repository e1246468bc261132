/** The invented platform's clock. */

/** End of the latest window when the server starts. */
export const FIRST_END_MS = Date.UTC(2026, 0, 31, 18)
