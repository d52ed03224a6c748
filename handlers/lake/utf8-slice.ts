/**
 * Text where it stands in UTF-8. It is valid for as long as its bytes are, and is copied from there to a column without
 * becoming a string in between.
 */
export class Utf8Slice {
  readonly bytes: Uint8Array
  /** The first of its bytes, and the one behind its last. */
  readonly start: number
  readonly end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** Bytes. */
  get length(): number {
    return this.end - this.start
  }

  toString(): string {
    return decodeUtf8(this.bytes, this.start, this.end)
  }
}

/** UTF-8 as a string; a byte order mark is a character like any other. */
export const decodeUtf8 = ({ buffer, byteOffset, byteLength }: Uint8Array, start: number, end: number) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8', start, end)
