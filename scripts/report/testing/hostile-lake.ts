import { dayIn } from '../../../handlers/lake/calendar.ts'
import { tables } from '../../../handlers/sources/tables.ts'
import { literal } from '../../../sql/literal.ts'
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

const dateOf = dayIn('America/Sao_Paulo')

/** Writes a lake of three weeks of messages from each of these names. The first name has the most messages. */
export function hostileLake(directory: string): Promise<string> {
  const files: Record<string, Record<string, string>[]> = {}
  const add = (table: string, day: number, row: Record<string, string>, source = 'whatsapp') => {
    const date = dateOf((FIRST + day * 86_400) * 1000)
    const key = table === 'quarantine' || table === 'events' ? `${table}/source=${source}` : table
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
        forwarded: "'forwarded'",
        payload: literal(JSON.stringify({ referral: { headline: name } })),
      })
      const chat =
        n === 1
          ? { chat_id: String(i + 1), chat_type: "'private'", business_connection_id: "'b'" }
          : { chat_id: '-7', chat_type: "'group'" }
      const telegram = { user_id: String(i + 1), user_first_name: text, text, ...chat, forward_type: "'user'" }
      const message_id = String(i * 100 + n)
      add('telegram', day, { ...common, ...telegram, message_id, update_id: message_id })
      if (n !== 1) continue
      const later = { date: String(date + 60), received_at: String(date + 62 + i), direction: "'outbound'" }
      add('whatsapp', day, { ...later, ...whatsapp, message_id: `'e${i}'`, field: "'smb_message_echoes'" })
      add('telegram', day, { ...later, ...chat, text, message_id: String(i * 100 + 50), kind: "'business_message'" })
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
    const about = { target_id: `'w${i}-0'`, direction: "'inbound'" }
    add('whatsapp', i, { ...common, ...about, message_id: `'r${i}'`, type: "'reaction'", message: text })
    add('whatsapp', i, { ...common, ...about, message_id: `'d${i}'`, type: "'edit'", message: text })
    const event = (kind: string, payload: object, more: Record<string, string> = {}) =>
      add(
        'events',
        i,
        {
          ...common,
          kind: `'${kind}'`,
          chat: "'-7'",
          id: `'${kind}${i}'`,
          payload: literal(JSON.stringify(payload)),
          ...more,
        },
        'telegram',
      )
    const target = { message_id: `'${i * 100}'` }
    event('edited_message', {}, { ...target, text })
    event('message_reaction', { new_reaction: [{ type: 'emoji', emoji: name }] }, target)
    const member = { old_chat_member: { status: 'left' }, new_chat_member: { status: 'member' } }
    event('chat_member', { chat: { title: name }, ...member }, { event: "'member'" })
    const joined = String(FIRST - 60 * 86_400)
    add('telegram', -60, {
      date: joined,
      received_at: joined,
      direction: "'inbound'",
      type: "'new_chat_members'",
      chat_id: '-7',
      chat_type: "'group'",
      chat_title: text,
      message_id: String(i * 100 + 60),
      payload: literal(JSON.stringify({ new_chat_members: [{ id: 900 + i, first_name: name }] })),
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
