import { readRows } from '../../handlers/lake/parquet.ts'
import { isSameUsername, type UsernameRules } from '../../handlers/sources/erasure.ts'
import { JsonTree } from '../../handlers/sources/json-cuts.ts'
import { forEach } from '../lib/cli/pool.ts'
import { type Erasure, IN_FLIGHT } from './erasure.ts'
import { tableFilesOf } from './table-file.ts'

/** A person who has or had a username. */
export interface Holder {
  readonly id: string
  /** An object that says so: `raw/…` or `enriched/…`. */
  readonly key: string
}

const USERNAME = /^@[A-Za-z0-9._]{1,64}$/

/** Whether `--person` names a person by username. */
export const isUsername = (person: string): boolean => person.startsWith('@')

/**
 * The ids of the people who have or had a username, as raw bodies and tables tell, each with the first such object.
 * @param username with the `@`
 * @throws RangeError if it cannot be a username of the platform
 */
export async function holdersOf(
  { source, raw, enriched, onRead }: Omit<Erasure, 'ids'>,
  username: string,
): Promise<readonly Holder[]> {
  const rules = source.erasure.usernames
  if (!rules) throw new RangeError(`${source.name} has no usernames: name the person by ${source.erasure.ids}`)
  if (!USERNAME.test(username)) throw new RangeError('not a username: it has letters, digits, points and underscores')
  const holders = new Map<string, string>()
  const add = (id: string, key: string) => {
    const known = holders.get(id)
    if (known === undefined || order(key) < order(known)) holders.set(id, key)
  }
  await forEach(raw.list(`${source.name}/`), IN_FLIGHT, async version => {
    const content = version.key.endsWith('/') ? null : await raw.read(version)
    if (!content) return
    onRead?.()
    for (const id of holdersIn(content.body, rules, username)) add(id, `raw/${version.key}`)
  })
  for (const { name, prefix, columns } of tableFilesOf(source)) {
    const column = rules.columns[name]
    if (column === undefined || !(column in columns)) continue
    await forEach(enriched.list(prefix), IN_FLIGHT, async version => {
      const content = await enriched.read(version)
      if (!content) return
      onRead?.()
      for await (const rows of readRows(content.body, [column, 'person', 'user_id']))
        for (let row = 0; row < rows.length; row++) {
          const id = rows.value('person', row) ?? rows.value('user_id', row)
          if (id != null && isSameUsername(String(rows.value(column, row) ?? ''), username))
            add(String(id), `enriched/${version.key}`)
        }
    })
  }
  return [...holders].map(([id, key]) => ({ id, key }))
}

/** A raw body comes before a table: it is the delivery itself. */
const order = (key: string) => `${key.startsWith('raw/') ? 0 : 1} ${key}`

function holdersIn(body: Uint8Array, rules: UsernameRules, username: string): readonly string[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  if (!text.includes('\\u') && !text.toLowerCase().includes(username.slice(1).toLowerCase())) return []
  const tree = JsonTree.parse(body)
  return tree ? rules.holders(tree, username) : []
}
