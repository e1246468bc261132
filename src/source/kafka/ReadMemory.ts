/**
 * The memory of all buffers of a member. Responses wait compressed; a batch is unpacked when its
 * records are taken. Each kind has its own bound, so that neither blocks the other:
 *
 * - fetched: the waiting responses and those in flight. Every input has an equal share.
 * - unpacked: the batches whose records are being taken. A batch that does not fit waits for its
 *   turn. One that is larger than the bound is unpacked alone.
 *
 * An input without demand releases its memory for one with demand, and fetches or unpacks it again
 * later. So an input that alignment pauses never blocks the one that it waits for.
 */
export interface MemoryLimits {
  readonly fetchedBytes: number
  readonly unpackedBytes: number
  /**
   * Bytes of the records of one take, shared by all inputs. Until they are counted, they may keep a
   * buffer of eight times as many bytes (RecordsBuilder.ts).
   */
  readonly takenBytes: number
  /** Bytes that one batch may unpack to. */
  readonly maxBatchBytes: number
}

/** A buffer that shares the memory. */
export interface MemoryUser {
  /** Whether its task demands its records now. */
  readonly isDemanded: boolean
  readonly fetchedBytes: number
  readonly unpackedBytes: number
  /** Releases its unpacked batch. */
  readonly pack: () => void
  /** Releases all responses that were not taken. */
  readonly drop: () => void
  /** Called when there may be room to unpack. */
  readonly retry: () => void
}

/** The largest share of one input in the fetched bytes: two fetches. More only takes memory. */
const MAX_SHARE = 2 * 1024 * 1024
const MAX_PER_FETCH = 1024 * 1024
const MIN_PER_FETCH = 16 * 1024

/** Bytes of the records of one take from one input. */
const MAX_TAKEN = 256 * 1024
const MIN_TAKEN = 16 * 1024

const clamp = (min: number, value: number, max: number): number => Math.min(max, Math.max(min, value))

export class ReadMemory {
  readonly limits: MemoryLimits
  readonly #users = new Set<MemoryUser>()
  /** The users that wait for room to unpack, in order. */
  readonly #waiting = new Set<MemoryUser>()
  #fetched = 0
  #unpacked = 0
  #onFreed: () => void = () => {}

  constructor(limits: MemoryLimits) {
    this.limits = limits
  }

  /** Registers the function to call whenever room for responses is freed. */
  onFreed(call: () => void): void {
    this.#onFreed = call
  }

  join(user: MemoryUser): void {
    this.#users.add(user)
  }

  /** The user must have released everything before. */
  leave(user: MemoryUser): void {
    this.#users.delete(user)
    this.stopWaiting(user)
  }

  /** Bytes of waiting responses and of those in flight. */
  get fetchedBytes(): number {
    return this.#fetched
  }

  get unpackedBytes(): number {
    return this.#unpacked
  }

  /** Bytes that may wait in one buffer. A quarter of the bound is for responses in flight. */
  get share(): number {
    return Math.min(MAX_SHARE, (this.limits.fetchedBytes * 3) / 4 / Math.max(1, this.#users.size))
  }

  /** Bytes of one partition in a response. */
  get perFetch(): number {
    return Math.floor(clamp(MIN_PER_FETCH, this.share / 2, MAX_PER_FETCH))
  }

  /** Bytes of the records of one take from a buffer. A single record comes whole, however large. */
  get perTake(): number {
    return clamp(MIN_TAKEN, this.limits.takenBytes / Math.max(1, this.#users.size), MAX_TAKEN)
  }

  /** Whether a user without demand may fetch ahead. */
  get isPlenty(): boolean {
    return this.#fetched * 2 < this.limits.fetchedBytes
  }

  /**
   * Makes room for a response of that size. `false` = users with demand hold all memory; they free
   * it as they are read.
   */
  makeRoom(bytes: number): boolean {
    const fits = () => this.#fetched + bytes <= this.limits.fetchedBytes
    if (fits()) return true
    const spare = [...this.#users].filter((user) => !user.isDemanded && user.fetchedBytes > 0)
    for (const user of spare.toSorted((a, b) => b.fetchedBytes - a.fetchedBytes)) {
      user.drop()
      if (fits()) return true
    }
    return false
  }

  holdFetched(bytes: number): void {
    this.#fetched += bytes
  }

  freeFetched(bytes: number): void {
    this.#fetched -= bytes
    this.#onFreed()
  }

  /** Reserves unpacked bytes; `false` = the user waits until its `retry` is called. */
  holdUnpacked(user: MemoryUser, bytes: number): boolean {
    const [first = user] = this.#waiting
    const fits = () => this.#unpacked === 0 || this.#unpacked + bytes <= this.limits.unpackedBytes
    if (first === user && !fits()) for (const other of this.#users) if (!other.isDemanded) other.pack()
    if (first !== user || !fits()) {
      this.#waiting.add(user)
      return false
    }
    this.#unpacked += bytes
    this.stopWaiting(user)
    return true
  }

  freeUnpacked(bytes: number): void {
    this.#unpacked -= bytes
    this.#retryFirst()
  }

  /** Removes a user from the queue of those that wait to unpack. */
  stopWaiting(user: MemoryUser): void {
    if (this.#waiting.delete(user)) this.#retryFirst()
  }

  #retryFirst(): void {
    const [first] = this.#waiting
    first?.retry()
  }
}
