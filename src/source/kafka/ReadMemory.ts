/**
 * The memory of all buffers of a member. Answers of brokers wait as they came, compressed; a batch is unpacked when its records are taken. Each kind has a bound of its own,
 * so that neither keeps the other from going on:
 *
 * - fetched: what waits, and the answers under way. Every input has an equal share.
 * - unpacked: the batches whose records are being taken. A batch that does not fit waits for its turn. One that is larger than all the room is unpacked alone.
 *
 * Memory that an input holds although it is not demanded is given up for one that is: it is fetched or unpacked again later. So an input that alignment pauses never keeps
 * the one that it waits for from being read.
 */
export interface MemoryLimits {
  readonly fetchedBytes: number
  readonly unpackedBytes: number
  /** Bytes of the records that are taken at once, over all inputs. */
  readonly takenBytes: number
  /** What one batch may unpack to. */
  readonly maxBatchBytes: number
}

/** Shares memory: a partition's buffer. */
export interface MemoryUser {
  /** Whether its task wants its records now. */
  readonly isDemanded: boolean
  readonly fetchedBytes: number
  readonly unpackedBytes: number
  /** Gives up what is unpacked. */
  readonly pack: () => void
  /** Gives up all that was fetched and not taken. */
  readonly drop: () => void
  /** There may be room to unpack now. */
  readonly retry: () => void
}

/** An input's part of what is fetched, as long as no memory is short. */
const MOST_SHARE = 4 * 1024 * 1024
const MOST_PER_FETCH = 1024 * 1024
const LEAST_PER_FETCH = 16 * 1024

/** Bytes of the records taken from one input at once. */
const MOST_TAKEN = 256 * 1024
const LEAST_TAKEN = 16 * 1024

const between = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value))

export class ReadMemory {
  readonly limits: MemoryLimits
  readonly #users = new Set<MemoryUser>()
  /** Those that wait for room to unpack, the first in front. */
  readonly #waiting = new Set<MemoryUser>()
  #fetched = 0
  #unpacked = 0
  #onFreed: () => void = () => {}

  constructor(limits: MemoryLimits) {
    this.limits = limits
  }

  /** To be called whenever there is more room for answers. */
  onFreed(call: () => void): void {
    this.#onFreed = call
  }

  join(user: MemoryUser): void {
    this.#users.add(user)
  }

  /** Must come after the user has given everything back. */
  leave(user: MemoryUser): void {
    this.#users.delete(user)
    this.stopWaiting(user)
  }

  /** Bytes that wait as they were fetched, those under way included. */
  get fetchedBytes(): number {
    return this.#fetched
  }

  get unpackedBytes(): number {
    return this.#unpacked
  }

  /** Bytes that may wait in one buffer. A quarter of the room is for answers under way. */
  get share(): number {
    return Math.min(MOST_SHARE, (this.limits.fetchedBytes * 3) / 4 / Math.max(1, this.#users.size))
  }

  /** Bytes of one partition in an answer. */
  get perFetch(): number {
    return Math.floor(between(LEAST_PER_FETCH, this.share / 2, MOST_PER_FETCH))
  }

  /** Bytes of the records to be taken from a buffer at once. One record comes whole, however large. */
  get perTake(): number {
    return between(LEAST_TAKEN, this.limits.takenBytes / Math.max(1, this.#users.size), MOST_TAKEN)
  }

  /** Whether a user that is not demanded may fetch ahead. */
  get isPlenty(): boolean {
    return this.#fetched * 2 < this.limits.fetchedBytes
  }

  /** Makes room for an answer of so many bytes: `false` if those that are demanded hold it all, which they give back as they are read. */
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

  /** Takes room for so many unpacked bytes; `false` = the user waits, until `retry` is called. */
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

  /** It wants nothing unpacked for now. */
  stopWaiting(user: MemoryUser): void {
    if (this.#waiting.delete(user)) this.#retryFirst()
  }

  #retryFirst(): void {
    const [first] = this.#waiting
    first?.retry()
  }
}
