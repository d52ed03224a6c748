/**
 * A time or timestamp without its zone, and with a fraction of 3, 6 or 9 digits only where it is not zero: the form of the
 * contract of `Value`.
 * @param text `[date ]HH:MM:SS[.fraction][ zone]`; other text is returned unchanged
 */
export function clockText(text: string): string {
  const [, time = text, fraction = ''] = /^((?:\S+ )?\d\d:\d\d:\d\d)(?:\.(\d+))?/.exec(text) ?? []
  const digits = fraction.padEnd(Math.ceil(fraction.length / 3) * 3, '0').replace(/(000)+$/, '')
  return digits === '' ? time : `${time}.${digits}`
}
