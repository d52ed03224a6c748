/** IANA's current names of zones for which ICU, and so `Intl`, keeps an older name. */
const RENAMED_ZONES = [
  'Africa/Asmara',
  'America/Argentina/Buenos_Aires',
  'America/Argentina/Catamarca',
  'America/Argentina/Cordoba',
  'America/Argentina/Jujuy',
  'America/Argentina/Mendoza',
  'America/Atikokan',
  'America/Indiana/Indianapolis',
  'America/Kentucky/Louisville',
  'America/Nuuk',
  'Asia/Ho_Chi_Minh',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Yangon',
  'Atlantic/Faroe',
  'Europe/Kyiv',
  'Pacific/Chuuk',
  'Pacific/Kanton',
  'Pacific/Pohnpei',
]

/**
 * The names that Lambda's Node.js, EventBridge Scheduler and Athena all accept: in this spelling, without offsets and
 * aliases.
 */
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone'), ...RENAMED_ZONES]

/**
 * The accepted name of the time zone that a text stands for: in its right spelling, or the name behind an alias.
 * @returns undefined where there is no such zone
 */
export function timeZoneNamed(text: string): string | undefined {
  const zone = ZONES.find(zone => zone.toLowerCase() === text.toLowerCase())
  if (zone) return zone
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions()
    return ZONES.find(zone => zone === timeZone) // undefined for an offset, and for zones that only ICU has
  } catch {
    return undefined
  }
}
