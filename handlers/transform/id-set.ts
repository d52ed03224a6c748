import { Utf8Slice } from '../lake/utf8-slice.ts'

/**
 * Ids seen, kept as fingerprints of 128 bits: a million take 32 MB, where a Set of their strings takes 110. That any two
 * of ten million ids share one has a probability of 1e-25; and the platforms make the ids, not their users.
 */
export class IdSet {
  #size = 0
  /** Open addressing: four words a slot, all of them zero where it is free. */
  #slots = new Uint32Array(4 * 1024)
  readonly #fingerprint = new Uint32Array(4)

  /** Adds an id unless it is there; a number and a BigInt can be the same id. @returns whether it was new */
  add(id: Utf8Slice | string | number | bigint): boolean {
    if (id instanceof Utf8Slice) murmur3(id.bytes, id.start, id.end, TEXT, this.#fingerprint)
    else {
      const bytes = Buffer.from(String(id))
      murmur3(bytes, 0, bytes.length, typeof id === 'string' ? TEXT : NUMBER, this.#fingerprint)
    }
    const [a, b, c, d] = this.#fingerprint as unknown as Words
    const isNew = insert(this.#slots, a || 1, b, c, d)
    if (isNew && ++this.#size * 4 > this.#slots.length * FULL) this.#grow()
    return isNew
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (let i = 0; i < old.length; i += 4) {
      const a = old[i] as number
      if (a !== 0) insert(this.#slots, a, old[i + 1] as number, old[i + 2] as number, old[i + 3] as number)
    }
  }
}

/** Seeds: a text of the same digits is no number. */
const [TEXT, NUMBER] = [0, 1]

type Words = readonly [number, number, number, number]

/** The share of slots that may be taken: beyond it the search for a free one gets long. */
const FULL = 0.75

function insert(slots: Uint32Array, a: number, b: number, c: number, d: number): boolean {
  const mask = slots.length - 1
  for (let i = (a << 2) & mask; ; i = (i + 4) & mask) {
    if (slots[i] === a && slots[i + 1] === b && slots[i + 2] === c && slots[i + 3] === d) return false
    if (slots[i] !== 0) continue
    slots[i] = a
    slots[i + 1] = b
    slots[i + 2] = c
    slots[i + 3] = d
    return true
  }
}

/**
 * MurmurHash3 (x86, 128 bits).
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number, result: Uint32Array): void {
  let [h1, h2, h3, h4] = [seed, seed, seed, seed]
  let i = start
  for (; i + 16 <= end; i += 16) {
    h1 ^= Math.imul(rotate(Math.imul(wordAt(bytes, i), C1), 15), C2)
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotate(Math.imul(wordAt(bytes, i + 4), C2), 16), C3)
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotate(Math.imul(wordAt(bytes, i + 8), C3), 17), C4)
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotate(Math.imul(wordAt(bytes, i + 12), C4), 18), C1)
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  // What is left, with zeros behind: a word of zeros changes nothing.
  for (let at = 0; at < 16; at++) REST[at] = i + at < end ? (bytes[i + at] as number) : 0
  h4 ^= Math.imul(rotate(Math.imul(wordAt(REST, 12), C4), 18), C1)
  h3 ^= Math.imul(rotate(Math.imul(wordAt(REST, 8), C3), 17), C4)
  h2 ^= Math.imul(rotate(Math.imul(wordAt(REST, 4), C2), 16), C3)
  h1 ^= Math.imul(rotate(Math.imul(wordAt(REST, 0), C1), 15), C2)

  const length = end - start
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = mixed((h2 + h1) | 0)
  h3 = mixed((h3 + h1) | 0)
  h4 = mixed((h4 + h1) | 0)
  h1 = mixed(h1)
  h1 = (h1 + h2 + h3 + h4) | 0
  result[0] = h1
  result[1] = h2 + h1
  result[2] = h3 + h1
  result[3] = h4 + h1
}

/** The bytes behind the last block, for as long as a call lasts. */
const REST = new Uint8Array(16)

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** Four bytes, little-endian. */
const wordAt = (bytes: Uint8Array, i: number) =>
  (bytes[i] as number) |
  ((bytes[i + 1] as number) << 8) |
  ((bytes[i + 2] as number) << 16) |
  ((bytes[i + 3] as number) << 24)

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by))

function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}
