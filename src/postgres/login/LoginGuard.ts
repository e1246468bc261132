/**
 * Follows a server's messages until the session is ready, and refuses requests that would reveal
 * the password to an unverified server.
 */
import { SessionProblem } from "../SessionSettings.ts"

/**
 * The proofs of the password that the server may request. `scram` reveals nothing; `any` adds the
 * password itself and its MD5 hash.
 */
export type Proofs = "scram" | "any"

/** A request for the password itself or its MD5 hash, although only SCRAM is allowed. */
export class WeakLogin extends SessionProblem {
  constructor(what: string) {
    super(
      "Unauthorized",
      `the server requests ${what}, and its identity is not verified: the password was not sent. If this is your server, set POSTGRES_SSL_MODE=verify-full (with POSTGRES_SSL_CA), ` +
        "or let it use SCRAM: method scram-sha-256 in pg_hba.conf (pgbouncer: auth_type), and the password set again under password_encryption = 'scram-sha-256'. If it is not, another program answers at this address"
    )
  }
}

/** The first bytes are not from PostgreSQL. */
export const foreignServer = (bytes: Uint8Array): SessionProblem => {
  const start = Buffer.from(bytes.subarray(0, 24))
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]+/g, ".")
  return new SessionProblem(
    "Settings",
    `the service at this address is not PostgreSQL (its reply begins with ${JSON.stringify(start)}): correct host and port of POSTGRES_URL`
  )
}

const HEADER_BYTES = 5
/** The longest message before a session is ready, in bytes. Real ones are errors of a few texts. */
const MAX_BYTES = 65_536

/** Weak requests by code. Other requests reveal no secret, or the driver refuses them. */
const WEAK_REQUESTS = new Map([
  [3, "the password itself (method password, ldap, pam or radius)"],
  [5, "the password's MD5 hash (method md5)"]
])

/** First letters of the messages that a server sends before the session is ready. */
const KNOWN = new Set([..."REvNSKZ"].map((letter) => letter.charCodeAt(0)))

const letter = (text: string): number => text.charCodeAt(0)

export class LoginGuard {
  readonly #proofs: Proofs
  #rest: Buffer = Buffer.alloc(0)
  #isReady = false
  #hasReplied = false

  constructor(proofs: Proofs) {
    this.#proofs = proofs
  }

  /** Whether a complete message has arrived. */
  get hasReplied(): boolean {
    return this.#hasReplied
  }

  /**
   * Returns the bytes to pass on: complete messages until the session is ready, then all. Throws a
   * {@link SessionProblem}.
   */
  take(chunk: Buffer): Buffer {
    if (this.#isReady) return chunk
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (!this.#isReady && bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(at + 1)
      if (!KNOWN.has(bytes.readUInt8(at)) || length < 4 || length > MAX_BYTES) throw foreignServer(bytes.subarray(at))
      const end = at + 1 + length
      if (bytes.length < end) break
      this.#check(bytes.subarray(at, end))
      at = end
    }
    if (at === 0 && bytes.length > 0 && !KNOWN.has(bytes.readUInt8(0))) throw foreignServer(bytes)
    if (this.#isReady) return bytes
    this.#rest = bytes.subarray(at)
    return bytes.subarray(0, at)
  }

  #check(message: Buffer): void {
    this.#hasReplied = true
    const type = message.readUInt8(0)
    if (type === letter("Z")) this.#isReady = true
    if (type !== letter("R") || message.length < HEADER_BYTES + 4 || this.#proofs === "any") return
    const weak = WEAK_REQUESTS.get(message.readUInt32BE(HEADER_BYTES))
    if (weak !== undefined) throw new WeakLogin(weak)
  }
}
