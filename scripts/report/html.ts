/** Markup, told from text by its type, so that text can only enter a page escaped. */
export interface Html {
  readonly markup: string
}

export type Content = Html | string | number | null | undefined | false | readonly Content[]

/** A piece of a page: what stands in `${}` is escaped, unless it is `Html` itself; nothing comes of null or false. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return { markup: strings.map((part, i) => (i === 0 ? part : markupOf(contents[i - 1]) + part)).join('') }
}

/** Markup from a source that escapes by itself. */
export const raw = (markup: string): Html => ({ markup })

function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return ''
  if (typeof content === 'string') return escaped(content)
  if (typeof content === 'number') return String(content)
  return 'markup' in content ? content.markup : content.map(markupOf).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string) => printable(text).replace(/[&<>"']/g, character => ENTITIES[character] ?? '')

/** Text without what neither HTML nor XML can hold: control characters and halves of a character become U+FFFD. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')

/**
 * People's text between Unicode's isolates, which work where an element cannot stand, as in an attribute or in SVG:
 * a right-to-left name leaves what follows it where it was. Its own embeddings and isolates, which could break out, go.
 */
export const isolate = (text: string): string => `\u2068${text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')}\u2069`

/** Text as page content, its isolates made elements. */
export const withIsolates = (text: string): Html => ({
  markup: escaped(text).replaceAll('\u2068', '<bdi>').replaceAll('\u2069', '</bdi>'),
})
