/** How many cells of a terminal a text takes: two for CJK and emoji, none for an accent of its own. */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment)
  return width
}

/** The text cut to at most `width` cells, with `…` for its last where something is cut. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment)
    if (used > width - 1) break
    cut += segment
  }
  return `${cut}…`
}

/** ASCII, Latin letters, and what a table itself writes: a cell each, and most of all text. */
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff∅↵…]*$/

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

function graphemeWidth(grapheme: string): number {
  if (NARROW.test(grapheme)) return grapheme.length
  if (EMOJI.test(grapheme)) return 2
  if (INVISIBLE.test(grapheme)) return 0
  return WIDE.test(grapheme) ? 2 : 1
}

/** Shown as a picture: by itself, because a selector asks for it, or because it is a flag. */
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{RI}\p{RI})/u

const INVISIBLE = /^[\p{M}\p{Cf}]+$/u

/** East Asian Wide and Fullwidth, by the blocks they fill. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u
