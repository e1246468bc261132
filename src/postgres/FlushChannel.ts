/** Where committed flushes are announced (LISTEN, NOTIFY). It says only that there is something new: what, the checkpoints tell. */
export const FLUSH_CHANNEL = "telemetra_flush"
