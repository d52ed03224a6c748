import { NumberArray } from './number-array.ts'

/** Enough for most folders. */
const FIRST_BLOCK_BYTES = 2 ** 16

/** Large, because the system gets a large block back when it is freed; many small ones would fragment memory. */
const MAX_BLOCK_BYTES = 2 ** 25

/** The size of a block relative to the one before. */
const GROWTH = 8

/** Bytes of a string that are compared first: as many as fit into the integers of a double. */
const PREFIX_BYTES = 6

/**
 * A growable list of short strings, stored as UTF-8 outside of V8's heap. A million names of 69 characters take 77
 * MB; as strings they would take 100 MB, and the heap would grow to several times as much.
 */
export class PackedStrings {
  /** Allocated without zero-filling, so that the unused part of a block takes no physical memory. */
  readonly #blocks: Buffer[] = [Buffer.allocUnsafeSlow(FIRST_BLOCK_BYTES)]
  /** The end of each string: the index of its block times MAX_BLOCK_BYTES, plus its offset in the block. */
  readonly #ends = new NumberArray()
  /** As long as all strings are ASCII, which decodes in half the time as Latin-1. */
  #encoding: 'latin1' | 'utf8' = 'latin1'

  get length(): number {
    return this.#ends.length
  }

  push(text: string): void {
    let block = this.#blocks.at(-1) as Buffer
    let base = (this.#blocks.length - 1) * MAX_BLOCK_BYTES
    let start = this.#ends.at(this.length - 1) - base
    const maxBytes = text.length * 3
    if (start + maxBytes >= block.length) {
      block = Buffer.allocUnsafeSlow(Math.max(Math.min(block.length * GROWTH, MAX_BLOCK_BYTES), maxBytes + 1))
      base = (this.#blocks.push(block) - 1) * MAX_BLOCK_BYTES
      start = 0
    }
    const bytes = block.write(text, start)
    if (bytes > text.length) this.#encoding = 'utf8'
    this.#ends.push(base + start + bytes)
  }

  at(index: number): string {
    const { block, start, end } = this.#bytes(index)
    return block.toString(this.#encoding, start, end)
  }

  /** The indices of all strings in the order of their UTF-8 bytes, as S3 orders keys. */
  argsort(): Uint32Array {
    // Prefixes are compared as numbers, at a tenth of the cost of comparing bytes. Few strings have equal ones.
    const prefixes = new NumberArray()
    for (let index = 0; index < this.length; index++) prefixes.push(this.#prefix(index))
    return prefixes.argsort((a, b) => this.#compare(a, b))
  }

  /** The first bytes of a string as a number, padded with zeros. */
  #prefix(index: number): number {
    const { block, start, end } = this.#bytes(index)
    const bytes = Math.min(end - start, PREFIX_BYTES)
    return bytes === 0 ? 0 : block.readUIntBE(start, bytes) * 256 ** (PREFIX_BYTES - bytes)
  }

  #compare(index: number, other: number): number {
    const [a, b] = [this.#bytes(index), this.#bytes(other)]
    return a.block.compare(b.block, b.start, b.end, a.start, a.end)
  }

  /** The bytes of a string: they follow the string before, or begin its block. */
  #bytes(index: number) {
    const end = this.#ends.at(index)
    const blockIndex = Math.floor(end / MAX_BLOCK_BYTES)
    const base = blockIndex * MAX_BLOCK_BYTES
    return {
      block: this.#blocks[blockIndex] as Buffer,
      start: Math.max(this.#ends.at(index - 1) - base, 0),
      end: end - base,
    }
  }
}
