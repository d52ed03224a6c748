import { byUtf8, type ObjectStore, type ObjectSummary } from '../lake/object-store.ts'

/**
 * A day's raw objects in the order of arrival: LastModified, then key. It is known before any body is read, so the day
 * can stream. A million of them are 100 MB here, and would be 300 MB as objects.
 */
export class Arrivals implements Iterable<ObjectSummary> {
  readonly #prefix: string
  readonly #names = new Names()
  readonly #times: number[] = []
  readonly #sizes: number[] = []

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
  ): Promise<Arrivals> {
    const arrivals = new Arrivals(prefix)
    let last = ''
    for await (const page of raw.list(prefix)) {
      for (const object of page) {
        if (byUtf8(last, object.key) >= 0) throw new Error(`the listing goes back to ${object.key}: run the day again`)
        last = object.key
        if (!object.key.endsWith('/')) arrivals.#add(object)
      }
      progress(arrivals.length)
    }
    return arrivals
  }

  get length(): number {
    return this.#times.length
  }

  *[Symbol.iterator](): Iterator<ObjectSummary> {
    const times = this.#times
    // The listing is ordered by key, so a place in it stands for the key.
    const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
    for (const place of order) {
      const key = this.#prefix + this.#names.at(place)
      yield { key, lastModified: times[place] as number, size: this.#sizes[place] as number }
    }
  }

  #add({ key, lastModified, size }: ObjectSummary): void {
    this.#names.push(key.slice(this.#prefix.length))
    this.#times.push(lastModified)
    this.#sizes.push(size)
  }
}

/** Strings in blocks of UTF-8, which also lets go of the listing that they were cut out of. */
class Names {
  readonly #blocks: { readonly text: Buffer; readonly ends: Uint32Array }[] = []
  #open: string[] = []

  push(name: string): void {
    this.#open.push(name)
    if (this.#open.length < BLOCK) return
    let end = 0
    const ends = Uint32Array.from(this.#open, name => (end += Buffer.byteLength(name)))
    this.#blocks.push({ text: Buffer.from(this.#open.join('')), ends })
    this.#open = []
  }

  at(place: number): string {
    const block = this.#blocks[Math.floor(place / BLOCK)]
    const index = place % BLOCK
    if (!block) return this.#open[index] as string
    return block.text.toString('utf8', block.ends[index - 1] ?? 0, block.ends[index])
  }
}

const BLOCK = 1024
