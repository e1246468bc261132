/**
 * The channel for announcements of committed flushes (LISTEN, NOTIFY). Checkpoints hold the
 * content.
 */
export const FLUSH_CHANNEL = "telemetra_flush"
