import { ANSWER_WITHIN_MS } from './http.ts'

/** A secret or setting that a request needs is not configured. */
export class NotConfigured extends Error {
  override readonly name = 'NotConfigured'
  readonly setting: string

  constructor(setting: string) {
    super(`${setting} is not configured`)
    this.setting = setting
  }
}

/** The secret store cannot be read, and has not been read before. */
export class SecretsUnavailable extends Error {
  override readonly name = 'SecretsUnavailable'
}

/** A plain setting of a platform's webhook: an environment variable that lists one or more items, comma-separated. */
export interface Setting {
  readonly name: string
  /** Whether an item is valid. */
  readonly accepts: (item: string) => boolean
  /** Says what to write, for example `ids of chats, as -1001234567890`. */
  readonly write: string
  /** An item that `accepts` takes. */
  readonly example: string
  /** What it is for: a cell of the settings table in infra/README.md. */
  readonly description: string
}

/** Holds the secrets that are not in the environment: for each name its valid values. */
export interface SecretStore {
  read(signal: AbortSignal): Promise<Readonly<Record<string, readonly string[]>>>
}

/** After a failed check the store is read again, but at most this often. */
const REFRESH_MS = 60_000

/** Values from the store are used for at most this long. */
const STALE_MS = 5 * 60_000

/** The longest time that one read of the store may take. */
const READ_TIMEOUT_MS = 4000

/**
 * The settings and secrets of an ingest function. Settings come from environment variables. Secrets come from
 * environment variables too or, where those are not set, from a secret store. A secret may have two valid values
 * during a rotation: a list in the store, comma-separated in a variable.
 */
export class Configuration {
  readonly #env: NodeJS.ProcessEnv
  readonly #store: SecretStore | undefined
  readonly #now: () => number
  readonly #readTimeoutMs: number
  #stored: Readonly<Record<string, readonly string[]>> | undefined
  #readAt = Number.NEGATIVE_INFINITY

  /** @param answerWithinMs the time for a whole request; reading the store takes at most half of it */
  constructor(
    env: NodeJS.ProcessEnv,
    store?: SecretStore,
    now: () => number = Date.now,
    answerWithinMs = ANSWER_WITHIN_MS,
  ) {
    this.#env = env
    this.#store = store
    this.#now = now
    this.#readTimeoutMs = Math.min(READ_TIMEOUT_MS, answerWithinMs / 2)
  }

  /** The items of a setting. @throws NotConfigured where there is none, or where one of them is not valid */
  list({ name, accepts }: Setting): readonly string[] {
    const items = itemsOf(this.#env[name])
    if (items.length === 0 || !items.every(accepts)) throw new NotConfigured(name)
    return items
  }

  /**
   * Whether a check passes with one of the valid values of a secret. If none passes, the store may hold a new value:
   * it is read again, and the check repeated.
   */
  async matches(name: string, check: (value: string) => boolean): Promise<boolean> {
    const valid = await this.secrets(name)
    if (some(valid, check)) return true
    if (itemsOf(this.#env[name]).length > 0 || this.#age() < REFRESH_MS) return false
    await this.#read()
    return some(this.#stored?.[name] ?? [], check)
  }

  /** The valid values of a secret. @throws NotConfigured where there is none, SecretsUnavailable */
  async secrets(name: string): Promise<readonly string[]> {
    const plain = itemsOf(this.#env[name])
    if (plain.length > 0) return plain
    const stored = () => this.#stored?.[name] ?? []
    if (this.#age() >= (stored().length > 0 ? STALE_MS : REFRESH_MS)) await this.#read()
    const values = stored()
    if (values.length === 0) throw new NotConfigured(name)
    return values
  }

  /** Milliseconds since the store was read. Infinite if the clock has gone back since, so that it is read again. */
  #age(): number {
    const ms = this.#now() - this.#readAt
    return ms < 0 ? Number.POSITIVE_INFINITY : ms
  }

  /** Reads the store. If that fails, the values read before stay in use. @throws SecretsUnavailable if there are none */
  async #read(): Promise<void> {
    if (!this.#store) return
    try {
      this.#stored = await this.#store.read(AbortSignal.timeout(this.#readTimeoutMs))
      this.#readAt = this.#now()
    } catch (error) {
      if (!this.#stored) throw new SecretsUnavailable('the secret store cannot be read', { cause: error })
      this.#readAt = this.#now() // the next attempt waits as long as after a success
    }
  }
}

/** The items of a comma-separated variable. */
export const itemsOf = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')

/** Checks every value, so that the time taken does not tell which one matched. */
const some = (values: readonly string[], check: (value: string) => boolean) =>
  values.reduce((matched, value) => check(value) || matched, false)
