import { NumberArray } from '../lake/number-array.ts'
import { byUtf8, type ObjectStore, type ObjectSummary } from '../lake/object-store.ts'
import { PackedStrings } from '../lake/packed-strings.ts'

/**
 * A day's raw objects in the order of arrival: by LastModified, then by key. The order does not depend on the bodies,
 * so they can be streamed. A million entries take 100 MB; as JavaScript objects they would take 300 MB.
 */
export class DayListing implements Iterable<ObjectSummary> {
  readonly #prefix: string
  readonly #names = new PackedStrings()
  readonly #times = new NumberArray()
  readonly #sizes = new NumberArray()

  private constructor(prefix: string) {
    this.#prefix = prefix
  }

  /**
   * Lists the objects of a day, but no folders.
   * @param onPage called after each page with the number of objects so far; what it throws ends the listing
   * @throws if the listing is not ordered by key: an object could be missing or read twice
   */
  static async list(
    raw: Pick<ObjectStore, 'list'>,
    prefix: string,
    onPage: (objects: number) => void = () => {},
  ): Promise<DayListing> {
    const listing = new DayListing(prefix)
    let last: string | undefined
    for await (const page of raw.list(prefix)) {
      for (const { key, lastModified, size } of page) {
        const name = key.slice(prefix.length)
        if (last !== undefined && byUtf8(last, name) >= 0)
          throw new Error(`the listing is not ordered: ${key} comes again or too late; run the day again`)
        last = name
        if (key.endsWith('/')) continue
        listing.#names.push(name)
        listing.#times.push(lastModified)
        listing.#sizes.push(size)
      }
      onPage(listing.length)
    }
    return listing
  }

  get length(): number {
    return this.#times.length
  }

  *[Symbol.iterator](): Iterator<ObjectSummary> {
    // The listing is ordered by key, and argsort keeps the order of equal times.
    for (const index of this.#times.argsort()) {
      const key = this.#prefix + this.#names.at(index)
      yield { key, lastModified: this.#times.at(index), size: this.#sizes.at(index) }
    }
  }
}
