/**
 * Replaces comments, quoted texts and quoted names with blanks, so that the rest can be searched for words and signs. The
 * quotes stay. The result has the length and the lines of `sql`.
 * @param names whether quoted names stay too
 */
export function maskText(sql: string, { names = false } = {}): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  return sql.replace(PARTS, part => {
    if (part.startsWith('"') && names) return part
    return /^['"]/.test(part) ? part[0] + blank(part.slice(1, -1)) + part[0] : blank(part)
  })
}

/** Comments, quoted texts and quoted names. A quote without an end is not one. */
const PARTS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"/g
