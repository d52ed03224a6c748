import { NumberArray } from '../lake/number-array.ts'
import { byUtf8, type ObjectStore, type ObjectSummary } from '../lake/object-store.ts'
import { PackedStrings } from '../lake/packed-strings.ts'

/**
 * A day's raw objects in the order of arrival: LastModified, then key. It is known before any body is read, so the day
 * can stream. A million of them are 100 MB here, and would be 300 MB as objects.
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
   * @param progress is told after each page how many there are so far; what it throws ends the listing
   * @throws where the listing is not ordered by key: an object would be read twice, or never
   */
  static async list(
    raw: Pick<ObjectStore, 'list'>,
    prefix: string,
    progress: (objects: number) => void = () => {},
  ): Promise<DayListing> {
    const arrivals = new DayListing(prefix)
    let last: string | undefined
    for await (const page of raw.list(prefix)) {
      for (const { key, lastModified, size } of page) {
        const name = key.slice(prefix.length)
        if (last !== undefined && byUtf8(last, name) >= 0)
          throw new Error(`the listing goes back to ${key}: run the day again`)
        last = name
        if (key.endsWith('/')) continue
        arrivals.#names.push(name)
        arrivals.#times.push(lastModified)
        arrivals.#sizes.push(size)
      }
      progress(arrivals.length)
    }
    return arrivals
  }

  get length(): number {
    return this.#times.length
  }

  *[Symbol.iterator](): Iterator<ObjectSummary> {
    // The listing is ordered by key, so those of one time stay in the order of their keys.
    for (const place of this.#times.argsort()) {
      const key = this.#prefix + this.#names.at(place)
      yield { key, lastModified: this.#times.at(place), size: this.#sizes.at(place) }
    }
  }
}
