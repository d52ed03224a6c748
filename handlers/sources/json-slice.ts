/** Finds the text of the value at a path, a list of keys and indexes from the document's root. */
export type Slicer = (path: readonly (string | number)[]) => string

/**
 * The text of values in a JSON document, exactly as it stands there: digits unrounded, escapes kept. `JSON.stringify`
 * could not give it back: it recurses (a deep message would throw) and has only the rounded numbers. As in
 * `JSON.parse`, the last of repeated keys wins.
 *
 * The document is read once, at the first question, so that a body full of bad messages costs no more than one.
 * @param text a valid JSON document
 * @param depth the length of the longest path asked for
 */
export function slicer(text: string, depth: number): Slicer {
  let root: Span | undefined
  return path => {
    root ??= spanAt(text, skipSpace(text, text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0), depth)
    let span: Span | undefined = root
    for (const step of path) span = span?.children.get(step)
    if (!span) throw new RangeError(`nothing at ${JSON.stringify(path)}`)
    return text.slice(span.start, span.end)
  }
}

/** Where a value stands; `end` is exclusive. */
interface Span {
  readonly start: number
  readonly end: number
  readonly children: ReadonlyMap<string | number, Span>
}

const [BYTE_ORDER_MARK, QUOTE, BACKSLASH, COMMA] = [0xfeff, 0x22, 0x5c, 0x2c]
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d]

const NO_CHILDREN: ReadonlyMap<string | number, Span> = new Map()

/** The span of the value that starts at `start`, with those of its children `depth` levels down. */
function spanAt(text: string, start: number, depth: number): Span {
  const open = text.charCodeAt(start)
  if (depth === 0 || (open !== OPEN_BRACE && open !== OPEN_BRACKET)) {
    return { start, end: valueEnd(text, start), children: NO_CHILDREN }
  }
  const children = new Map<string | number, Span>()
  let at = skipSpace(text, start + 1)
  while (!isClose(text.charCodeAt(at))) {
    let key: string | number = children.size
    if (open === OPEN_BRACE) {
      const keyEnd = stringEnd(text, at)
      key = String(JSON.parse(text.slice(at, keyEnd)))
      at = skipSpace(text, skipSpace(text, keyEnd) + 1)
    }
    const child = spanAt(text, at, depth - 1)
    children.set(key, child)
    at = skipSpace(text, child.end)
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return { start, end: at + 1, children }
}

/** The end of any value, however deep: brackets are counted, not followed. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const code = text.charCodeAt(at)
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
    else if (isClose(code)) depth--
    at = code === QUOTE ? stringEnd(text, at) : at + 1
  } while (depth > 0)
  const first = text.charCodeAt(start)
  if (first === QUOTE || first === OPEN_BRACE || first === OPEN_BRACKET) return at
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++
  return at
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1
  return at + 1
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
const isClose = (code: number) => code === CLOSE_BRACE || code === CLOSE_BRACKET
const isDelimiter = (code: number) => code === COMMA || isClose(code) || isSpace(code)
