/**
 * The text of the value at `path` in a JSON document, exactly as it stands there: digits unrounded, escapes kept.
 * `JSON.stringify` could not give it back: it recurses (a deep message would throw) and has only the rounded numbers.
 * As in `JSON.parse`, the last of repeated keys wins.
 * @param text a valid JSON document in which `path` exists
 */
export function sliceAt(text: string, path: readonly (string | number)[]): string {
  let start = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0)
  for (const step of path)
    start = typeof step === 'number' ? elementStart(text, start, step) : memberStart(text, start, step)
  return text.slice(start, valueEnd(text, start))
}

function elementStart(text: string, array: number, index: number): number {
  let at = skipSpace(text, array + 1)
  for (let i = 0; i < index; i++) at = skipSpace(text, skipSpace(text, valueEnd(text, at)) + 1)
  return at
}

function memberStart(text: string, object: number, key: string): number {
  let found = -1
  let at = skipSpace(text, object + 1)
  while (text[at] === '"') {
    const keyEnd = valueEnd(text, at)
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1)
    if (JSON.parse(text.slice(at, keyEnd)) === key) found = value
    const next = skipSpace(text, valueEnd(text, value))
    at = text[next] === ',' ? skipSpace(text, next + 1) : next
  }
  if (found < 0) throw new Error(`no member ${JSON.stringify(key)} here`)
  return found
}

function valueEnd(text: string, start: number): number {
  const open = text[start]
  if (open === '"') return stringEnd(text, start)
  let at = start
  if (open !== '{' && open !== '[') {
    while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at++
    return at
  }
  let depth = 0
  do {
    const character = text[at]
    if (character === '"') {
      at = stringEnd(text, at)
      continue
    }
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    at++
  } while (depth > 0)
  return at
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (/[ \t\r\n]/.test(text.charAt(at))) at++
  return at
}
