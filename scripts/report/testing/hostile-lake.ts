import { tables } from '../../../handlers/sources/tables.ts'
import { tableRows, writeLake } from '../../query/testing/test-lake.ts'

/** Names and texts that break pages which do not escape them. */
export const HOSTILE = [
  '<script>document.title = "broken"</script>',
  '"><img src=x onerror="document.title=`broken`">',
  '</title></style></svg><b>bold</b>',
  '&lt;already &amp; escaped&gt;',
  'مريم العربية 123',
  '\u202eturned round\u202e\u2069',
  '🇧🇷 Lari 🦋👩‍👩‍👧',
  '__proto__',
  'a\u0007bell',
  `${'long '.repeat(60)}end`,
  '',
]

/** 1 November 2026, 00:00 in São Paulo. */
const FIRST = Date.parse('2026-11-01T00:00:00-03:00') / 1000

/** Writes a lake of three weeks of messages from each of these names. The first name has the most messages. */
export function hostileLake(directory: string): Promise<string> {
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
  const files: Record<string, Record<string, string>[]> = {}
  const add = (table: string, day: number, row: Record<string, string>) => {
    const date = `2026-11-${String(day + 1).padStart(2, '0')}`
    const key = table === 'quarantine' || table === 'events' ? `${table}/source=whatsapp` : table
    const file = `${key}/context_date=${date}/${table}.parquet`
    files[file] = [...(files[file] ?? []), row]
  }
  HOSTILE.forEach((name, i) => {
    for (let n = 0; n < 2 * (HOSTILE.length - i); n++) {
      const day = (n + i) % 21
      const date = FIRST + day * 86_400 + ((8 + ((n * 5) % 14)) * 60 + i) * 60
      const common = { date: String(date), received_at: String(date + 2 + i) }
      const [text, media] = [literal(name), n % 4 === 0 ? "'image/jpeg'" : 'null']
      const whatsapp = { name: text, number: `55119000${i}`, message: text, type: "'text'", media_type: media }
      add('whatsapp', day, {
        ...common,
        ...whatsapp,
        message_id: `'w${i}-${n}'`,
        reply_to: n > 0 ? `'w${i}-0'` : 'null',
        selection_id: text,
        response: n === 1 ? literal(JSON.stringify({ [name]: name })) : 'null',
        referral_id: text,
        payload: literal(JSON.stringify({ referral: { headline: name } })),
      })
      const telegram = { user_id: String(i + 1), user_first_name: text, text, chat_id: '-7', chat_type: "'group'" }
      const message_id = String(i * 100 + n)
      add('telegram', day, { ...common, ...telegram, message_id, update_id: message_id })
    }
  })
  HOSTILE.forEach((name, i) => {
    const date = String(FIRST + i * 86_400)
    const [common, text] = [{ date, received_at: date, person: `'${i}'` }, literal(name)]
    const sent = {
      ...common,
      message_id: `'s${i}'`,
      pricing_category: text,
      pricing_type: "'regular'",
      billable: 'true',
    }
    add('whatsapp_statuses', i, { ...sent, status: "'delivered'" })
    add('whatsapp_statuses', i, {
      ...sent,
      message_id: `'f${i}'`,
      status: "'failed'",
      error_code: '1',
      error_title: text,
    })
    add('events', i, { ...common, kind: "'user_preferences'", event: "'stop'", id: `'p${i}'` })
    add('events', i, { ...common, kind: "'calls'", event: "'terminate'", id: `'k${i}'`, payload: "'{}'" })
  })
  add('quarantine', 3, { raw_key: "'k'", reason: "'not_json'", payload: "'{'", received_at: String(FIRST) })
  return writeLake(
    directory,
    Object.fromEntries(
      Object.entries(files).map(([file, rows]) => {
        const table = tables.find(({ name }) => file.startsWith(`${name}/`))
        if (!table) throw new Error(`${file} belongs to no table`)
        return [file, tableRows(table, rows)]
      }),
    ),
  )
}
