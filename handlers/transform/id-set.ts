import type { Int64 } from '../lake/columns.ts'
import { Utf8Slice } from '../lake/utf8-slice.ts'
import type { KeyWriter } from '../sources/source.ts'

/**
 * A set of ids, stored as 128-bit fingerprints: a million take 32 MB; a Set of strings takes 110 MB. The probability
 * that any two of ten million ids have the same fingerprint is 1e-25. Nobody can provoke it: the platforms assign the
 * ids.
 */
export class IdSet {
  #size = 0
  /** A hash table with open addressing. A slot is four words, all zero if it is free. */
  #slots = new Uint32Array(4 * 1024)
  readonly #fingerprint = new Uint32Array(4)

  /**
   * Adds an id. Equal numbers and BigInts are the same id; a string is always another.
   * @returns whether the id was new
   */
  add(id: Utf8Slice | string | number | bigint): boolean {
    if (id instanceof Utf8Slice) murmur3(id.bytes, id.start, id.end, TEXT, this.#fingerprint)
    else {
      const bytes = Buffer.from(String(id))
      murmur3(bytes, 0, bytes.length, typeof id === 'string' ? TEXT : NUMBER, this.#fingerprint)
    }
    return this.#insert()
  }

  /** Adds a key of several parts unless it is there. @returns whether it was new */
  addKey(key: RowKey): boolean {
    murmur3(key.bytes, 0, key.length, KEY, this.#fingerprint)
    return this.#insert()
  }

  #insert(): boolean {
    const [a, b, c, d] = this.#fingerprint as unknown as Words
    const isNew = insert(this.#slots, a || 1, b, c, d) // a slot whose first word is zero is free
    if (isNew && ++this.#size * 4 > this.#slots.length * MAX_LOAD) this.#grow()
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

/** Hash seeds, so that a string, a number of the same digits and a key of several parts are different ids. */
const [TEXT, NUMBER, KEY] = [0, 1, 2]

type Words = readonly [number, number, number, number]

/** The load factor at which the table grows: searches get slow beyond it. */
const MAX_LOAD = 0.75

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
 * MurmurHash3 (x86, 128 bits) of `bytes` from `start` to `end`, exclusive.
 * @param result receives the four words of the hash
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
  // The remaining bytes, padded with zeros: a word of zeros does not change the hash.
  for (let k = 0; k < 16; k++) REST[k] = i + k < end ? (bytes[i + k] as number) : 0
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

/** The bytes after the last whole block. Only used within a call. */
const REST = new Uint8Array(16)

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** The word of four bytes, little-endian. */
const wordAt = (bytes: Uint8Array, i: number) =>
  (bytes[i] as number) |
  ((bytes[i + 1] as number) << 8) |
  ((bytes[i + 2] as number) << 16) |
  ((bytes[i + 3] as number) << 24)

const rotate = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits))

function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/** The key of a row: its parts one after the other, each with its kind and length, so that no two keys look alike. */
export class RowKey implements KeyWriter {
  bytes = Buffer.alloc(256)
  length = 0

  /** Begins the next key. */
  clear(): void {
    this.length = 0
  }

  add(part: Utf8Slice | string | Int64 | null | undefined): void {
    if (part == null) {
      this.#reserve(1)
      this.bytes[this.length++] = NULL_PART
    } else if (typeof part === 'number' || typeof part === 'bigint') {
      this.#reserve(9)
      this.bytes[this.length++] = INTEGER_PART
      this.length = this.bytes.writeBigInt64LE(BigInt(part), this.length)
    } else this.#addText(part)
  }

  #addText(text: Utf8Slice | string): void {
    this.#reserve(5 + text.length * (typeof text === 'string' ? 3 : 1))
    this.bytes[this.length] = TEXT_PART
    const start = this.length + 5
    if (typeof text === 'string') this.length = start + this.bytes.write(text, start)
    else {
      this.bytes.set(text.bytes.subarray(text.start, text.end), start)
      this.length = start + text.length
    }
    this.bytes.writeUInt32LE(this.length - start, start - 4)
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return
    const grown = Buffer.alloc(Math.max(this.length + bytes, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }
}

const [NULL_PART, TEXT_PART, INTEGER_PART] = [0, 1, 2]
