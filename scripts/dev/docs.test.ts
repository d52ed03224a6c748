import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tables } from '../../handlers/sources/tables.ts'
import { savedViews } from '../../sql/views.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = (path: string) => readFileSync(join(root, path), 'utf8')

/** Folders that have documents, or files that documents name. */
const FOLDERS = ['.ci', '.github', 'docs', 'fixtures', 'handlers', 'infra', 'scripts', 'sql']

/** Every Markdown file of the repository. */
const documents = [
  ...readdirSync(root),
  ...FOLDERS.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => join(folder, path)),
  ),
].filter(path => path.endsWith('.md'))

const withoutCode = (markdown: string) => markdown.replace(/^ *```.*?^ *```$/gms, '')

/** The anchors that GitHub gives to a document's headings. */
const anchorsOf = (markdown: string) =>
  [...withoutCode(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

test('links between documents lead to a file, and to a heading of it', () => {
  const broken: string[] = []
  for (const path of documents) {
    for (const [, link = ''] of withoutCode(text(path)).matchAll(/\]\(([^()\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      const leads = existsSync(join(root, target)) && (anchor === undefined || anchorsOf(text(target)).includes(anchor))
      if (!leads && !path.startsWith('.github/')) broken.push(`${path}: ${link}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('files that documents name exist', () => {
  const files = FOLDERS.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => `${folder}/${path}`),
  )
  /** `handlers/<source>-ingest.ts`, `infra/{main,settings}.ts` and `sql/*.sql` as a pattern of paths. */
  const patternOf = (name: string) => {
    const pattern = name
      .replace(/\/$/, '')
      .replace(/[.+()]/g, '\\$&')
      .replace(/<[^>]+>|[*…]/g, '[^/]+')
      .replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
    return new RegExp(`^${pattern}$`)
  }
  const missing: string[] = []
  for (const path of documents) {
    for (const [, name = ''] of text(path).matchAll(/`([\w.]+\/[^`\s]+)`/g)) {
      const isOfRepository = FOLDERS.includes(name.split('/')[0] ?? '')
      const pattern = patternOf(name)
      if (isOfRepository && !files.some(file => pattern.test(file))) missing.push(`${path}: ${name}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('lines of prose have at most 120 characters', () => {
  const long = documents.flatMap(path =>
    text(path)
      .split('\n')
      .map((line, i) => ({ line, place: `${path}:${i + 1}` }))
      .filter(({ line }) => line.length > 120 && !line.startsWith('|'))
      .map(({ place }) => place),
  )
  assert.deepEqual(long, [])
})

test('commands of the documents are scripts of package.json', () => {
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(text('package.json'))
  const unknown = documents.flatMap(path =>
    [...text(path).matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)]
      .map(([, run, name]) => run ?? name ?? '')
      .filter(name => scripts[name] === undefined)
      .map(name => `${path}: ${name}`),
  )
  assert.deepEqual(unknown, [])
})

test('the changelog has the version of package.json', () => {
  const { version }: { readonly version: string } = JSON.parse(text('package.json'))
  assert.match(
    text('CHANGELOG.md'),
    new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm'),
  )
})

test('docs/tables.md explains every column of every table and view, in its order and with its type', () => {
  const explained = Object.fromEntries(
    text('docs/tables.md')
      .split(/^## /m)
      .map(section => [
        /^`(\w+)`\n/.exec(section)?.[1] ?? '',
        [...section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, column, type]) => [column, type]),
      ]),
  )
  for (const { name, columns } of tables) assert.deepEqual(explained[name], Object.entries(columns), name)
  for (const { name, columns } of savedViews())
    assert.deepEqual(
      explained[name],
      columns.map(({ name, type }) => [name, type]),
      name,
    )
})
