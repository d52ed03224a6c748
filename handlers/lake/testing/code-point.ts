import fc from 'fast-check'

/** Surrogates are 0x800 code points from U+D800. */
const [FIRST_SURROGATE, SURROGATES] = [0xd800, 0x800]

/**
 * Any code point but surrogates: the same as fast-check's string unit `binary`, which takes a second to load because it
 * lists every code point.
 */
export const codePoint: fc.Arbitrary<string> = fc.nat(0x10ffff - SURROGATES).map(
  number => String.fromCodePoint(number < FIRST_SURROGATE ? number : number + SURROGATES),
  text => {
    if (typeof text !== 'string' || !/^\P{Surrogate}$/u.test(text)) throw new Error('not a code point')
    const code = text.codePointAt(0) ?? 0
    return code < FIRST_SURROGATE ? code : code - SURROGATES
  },
)
