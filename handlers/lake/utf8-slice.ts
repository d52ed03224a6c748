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
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8', start, end)
}

/** Whether two texts are the same. */
export function isSameText(a: Utf8Slice | string, b: Utf8Slice | string): boolean {
  if (typeof a === 'string' || typeof b === 'string') return String(a) === String(b)
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a.bytes[a.start + i] !== b.bytes[b.start + i]) return false
  return true
}

/** Whether a text is this ASCII string. */
export function isAscii(text: Utf8Slice | string, ascii: string): boolean {
  if (typeof text === 'string') return text === ascii
  if (text.length !== ascii.length) return false
  for (let i = 0; i < ascii.length; i++) if (text.bytes[text.start + i] !== ascii.charCodeAt(i)) return false
  return true
}
