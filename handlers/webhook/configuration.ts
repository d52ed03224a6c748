/** A secret or setting that a request needs and nobody has configured. */
export class NotConfigured extends Error {
  override readonly name = 'NotConfigured'
  readonly setting: string

  constructor(setting: string) {
    super(`${setting} is not configured`)
    this.setting = setting
  }
}

/** The secret store failed, and nothing of an earlier reading is there. */
export class SecretsUnavailable extends Error {
  override readonly name = 'SecretsUnavailable'
}

/** A plain setting of a platform's webhook: a variable that lists one item or several, comma-separated. */
export interface Setting {
  readonly name: string
  /** Whether an item can be right. */
  readonly accepts: (item: string) => boolean
  /** Says what to write, for example `ids of chats, as -1001234567890`. */
  readonly write: string
  /** An item that `accepts` takes. */
  readonly example: string
}

/** Where secrets come from when the environment does not hold them: each name's valid values. */
export interface SecretStore {
  read(signal: AbortSignal): Promise<Readonly<Record<string, readonly string[]>>>
}

/** A secret store is asked again at most this often when a check fails. */
const REFRESH_MS = 60_000

/** And this long after it was last read, in any case. */
const STALE_MS = 5 * 60_000

/** How long a store may take to answer: the platform waits for ours meanwhile. */
const READ_TIMEOUT_MS = 4000

/**
 * An ingest function's settings: plain environment variables, and secrets from the environment or, where it has none,
 * a secret store. Two secrets may be valid at once, so that they can be rotated: a list in the store, comma-separated
 * in a variable.
 */
export class Configuration {
  readonly #env: NodeJS.ProcessEnv
  readonly #store: SecretStore | undefined
  readonly #now: () => number
  #stored: Readonly<Record<string, readonly string[]>> | undefined
  #readAt = Number.NEGATIVE_INFINITY

  constructor(env: NodeJS.ProcessEnv, store?: SecretStore, now: () => number = Date.now) {
    this.#env = env
    this.#store = store
    this.#now = now
  }

  /** A setting's items. @throws NotConfigured where there is none, or one that cannot be right: nothing is decided by it */
  list({ name, accepts }: Setting): readonly string[] {
    const items = itemsOf(this.#env[name])
    if (items.length === 0 || !items.every(accepts)) throw new NotConfigured(name)
    return items
  }

  /** Whether a check passes with one of the secret's valid values; asked again after a refresh if it does not. */
  async matches(name: string, check: (value: string) => boolean): Promise<boolean> {
    const valid = await this.secrets(name)
    if (some(valid, check)) return true
    if (itemsOf(this.#env[name]).length > 0 || this.#age() < REFRESH_MS) return false
    await this.#read()
    return some(this.#stored?.[name] ?? [], check)
  }

  /** A secret's valid values. @throws NotConfigured where there is none, SecretsUnavailable */
  async secrets(name: string): Promise<readonly string[]> {
    const plain = itemsOf(this.#env[name])
    if (plain.length > 0) return plain
    const stored = () => this.#stored?.[name] ?? []
    if (this.#age() >= (stored().length > 0 ? STALE_MS : REFRESH_MS)) await this.#read()
    const values = stored()
    if (values.length === 0) throw new NotConfigured(name)
    return values
  }

  /** How long ago the store was read; a clock that went back since tells nothing, so that counts as long ago. */
  #age(): number {
    const ms = this.#now() - this.#readAt
    return ms < 0 ? Number.POSITIVE_INFINITY : ms
  }

  /** Reads the store; a failure is forgiven while there are values of an earlier reading. */
  async #read(): Promise<void> {
    if (!this.#store) return
    try {
      this.#stored = await this.#store.read(AbortSignal.timeout(READ_TIMEOUT_MS))
      this.#readAt = this.#now()
    } catch (error) {
      if (!this.#stored) throw new SecretsUnavailable('the secret store cannot be read', { cause: error })
      this.#readAt = this.#now() // the old values serve until the next attempt is due
    }
  }
}

/** What a comma-separated variable lists. */
export const itemsOf = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')

/** Every value is checked, so that the time does not tell which one matched. */
const some = (values: readonly string[], check: (value: string) => boolean) =>
  values.reduce((matched, value) => check(value) || matched, false)
