/**
 * A part of a UTF-8 buffer as text. Parquet columns copy its bytes, so most texts never become a JavaScript string.
 *
 * Valid for as long as it is referenced: no code overwrites a body (see "Lifetimes" in handlers/README.md).
 */
export class Utf8Slice {
  readonly bytes: Uint8Array
  /** Byte offsets, `end` exclusive. */
  readonly start: number
  readonly end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** Length in bytes. */
  get length(): number {
    return this.end - this.start
  }

  toString(): string {
    return decodeUtf8(this.bytes, this.start, this.end)
  }
}

/** Decodes UTF-8 and, unlike TextDecoder, keeps a byte order mark. */
export const decodeUtf8 = ({ buffer, byteOffset, byteLength }: Uint8Array, start: number, end: number) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf8', start, end)

/** Whether a text is this ASCII string. */
export function isAscii(text: Utf8Slice | string, ascii: string): boolean {
  if (typeof text === 'string') return text === ascii
  if (text.length !== ascii.length) return false
  for (let i = 0; i < ascii.length; i++) if (text.bytes[text.start + i] !== ascii.charCodeAt(i)) return false
  return true
}
