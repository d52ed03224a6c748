/** Markup. Its type differs from that of text, so text cannot enter a page unescaped. */
export interface Html {
  readonly markup: string
}

export type Content = Html | string | number | null | undefined | false | readonly Content[]

/**
 * Builds markup. Escapes text in `${}`, inserts `Html` unchanged, joins arrays, and omits null, undefined and false.
 * @example html`<p title="${name}">${isKnown && html`<b>${name}</b>`}</p>`
 */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return { markup: strings.map((part, i) => (i === 0 ? part : markupOf(contents[i - 1]) + part)).join('') }
}

/** Marks a string as markup that is already escaped. */
export const raw = (markup: string): Html => ({ markup })

function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return ''
  if (typeof content === 'string') return escapeHtml(content)
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

const escapeHtml = (text: string) => printable(text).replace(/[&<>"']/g, character => ENTITIES[character] ?? '')

/** Replaces what neither HTML nor XML allows, control characters and lone surrogates, by U+FFFD. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches them on purpose
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')

/**
 * Wraps people's text in Unicode directional isolates (U+2068 … U+2069), so that a right-to-left name does not reorder
 * the text around it. Works where an element is not allowed, such as in an attribute or in SVG. Removes the text's own
 * directional controls, which could end the isolate.
 */
export const isolate = (text: string): string => `\u2068${text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')}\u2069`

/** Escapes text and turns its directional isolates into `<bdi>` elements. */
export const withIsolates = (text: string): Html => ({
  markup: escapeHtml(text).replaceAll('\u2068', '<bdi>').replaceAll('\u2069', '</bdi>'),
})
