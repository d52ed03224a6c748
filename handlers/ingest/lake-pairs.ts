import { pairKey, pairPrefix } from '../lake/layout.ts'
import type { Deadline, ObjectStore } from '../lake/object-store.ts'
import type { Source } from '../sources/source.ts'
import type { Request } from '../webhook/http.ts'
import type { SharedPairs } from '../webhook/webhook.ts'

/**
 * The pairs of a platform as objects of the raw bucket. The key names both ids, so an id is looked up with a listing:
 * its ingest function needs no permission to read objects. A listing also tells an unknown id from a missing permission,
 * which a GET does not: S3 answers both with 403 where the role may not list the whole bucket.
 */
export class LakePairs {
  readonly #source: Source
  readonly #raw: () => ObjectStore
  /** Pairs that were found or added, by their first id. Ids without a pair are not in it: another function may add one. */
  readonly #known = new Map<string, readonly string[]>()

  /** @param raw opens the raw store @throws NotConfigured */
  constructor(source: Source, raw: () => ObjectStore) {
    this.#source = source
    this.#raw = raw
  }

  /** The pairs, for one request: its arrival is stored with a new pair, and its deadline ends requests to the store. */
  during({ receivedAt }: Pick<Request, 'receivedAt'>, deadline: Deadline): SharedPairs {
    return {
      add: (id, other) => this.#add(id, other, receivedAt, deadline),
      of: id => this.#of(id, deadline),
    }
  }

  async #add(id: string, other: string, receivedAt: number, deadline: Deadline): Promise<void> {
    const known = this.#known.get(id) ?? []
    if (known.includes(other)) return
    const body = Buffer.from(JSON.stringify([id, other]))
    await this.#raw().putIfAbsent(pairKey(this.#source.name, this.#folder(), id, other), body, receivedAt, deadline)
    this.#known.set(id, [...known, other])
  }

  async #of(id: string, deadline: Deadline): Promise<readonly string[]> {
    const known = this.#known.get(id)
    if (known) return known
    const prefix = pairPrefix(this.#source.name, this.#folder(), id)
    const others: string[] = []
    for await (const page of this.#raw().list(prefix, undefined, deadline))
      for (const { key } of page) if (key.endsWith('.json')) others.push(key.slice(prefix.length, -'.json'.length))
    if (others.length > 0) this.#known.set(id, others)
    return others
  }

  #folder(): string {
    const { pairsFolder } = this.#source.webhook
    if (!pairsFolder) throw new Error(`the webhook of ${this.#source.name} declares no pairsFolder`)
    return pairsFolder
  }
}
