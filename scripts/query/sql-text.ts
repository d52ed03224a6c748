/**
 * SQL of the same length and lines with blanks for its comments and for what stands in quotes (the quotes stay), so
 * that what is left can be searched for words and signs.
 */
export function maskText(sql: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  return sql.replace(PARTS, part => (/^['"]/.test(part) ? part[0] + blank(part.slice(1, -1)) + part[0] : blank(part)))
}

/** A quote that never ends is no part. */
const PARTS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"/g
