import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/* Which folder may import from which: the rules of docs/architecture.md. */

/** For each folder the folders that it may import from, besides itself. Tests may import from more. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'handlers/lake': [],
  'handlers/observe': [],
  'handlers/webhook': ['handlers/observe'],
  'handlers/sources': ['handlers/webhook', 'handlers/lake'],
  'handlers/ingest': ['handlers/sources', 'handlers/webhook', 'handlers/lake', 'handlers/observe'],
  'handlers/transform': ['handlers/sources', 'handlers/lake', 'handlers/observe'],
  handlers: ['handlers/ingest', 'handlers/transform', 'handlers/sources'],
  sql: ['handlers/lake', 'handlers/sources'],
  infra: ['handlers/*', 'sql'],
  'scripts/lib': ['handlers/*', 'sql'],
  'scripts/demo': ['handlers/*', 'sql', 'scripts/lib', 'scripts/query', 'scripts/report'],
  'scripts/dev': ['handlers/*', 'sql', 'infra', 'scripts', 'scripts/*'],
  scripts: ['handlers/*', 'sql', 'scripts/*'], // but not scripts/dev
}

/** The same for the folder of a command that is not listed. */
const OF_A_COMMAND = ['handlers/*', 'sql', 'scripts/lib', 'scripts/query']

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = ['handlers', 'infra', 'scripts', 'sql'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(ts|mjs)$/.test(file))
    .map(file => join(folder, file).replaceAll(sep, '/')),
)
const imports = files.flatMap(file =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:from|import|import\(|resolve\()\s*'(\.[^']+\.\w+)'/g)].map(
    ([, path = '']) => {
      const target = relative(root, join(root, dirname(file), path)).replaceAll(sep, '/')
      return { file, target: target.replace(/\.js$/, '.ts') } // a compiled file, where a path is resolved
    },
  ),
)

const isTest = (file: string) => /\.test\.ts$|(^|\/)testing\//.test(file)
/** `handlers/lake/calendar.ts` belongs to handlers/lake, `scripts/start.ts` to scripts, `infra/main.ts` to infra. */
const folderOf = (file: string) => /^(?:handlers|scripts)\/[^/]+(?=\/)|^[^/]+/.exec(file)?.[0] ?? ''
const isAmong = (folder: string, allowed: readonly string[]) =>
  allowed.some(it => it === folder || it === folder.replace(/\/.*/, '/*'))
const violations = (isWrong: (file: string, target: string) => boolean) =>
  imports.filter(({ file, target }) => isWrong(file, target)).map(({ file, target }) => `${file} imports ${target}`)

test('the imports are found', () => {
  assert.ok(files.length > 200 && imports.length > 800, `${files.length} files, ${imports.length} imports`)
  assert.deepEqual(
    violations((_, target) => !files.includes(target) && !/\.(sql|json|css)$/.test(target)),
    [],
  )
})

test('folders import in one direction', () => {
  const wrong = violations((file, target) => {
    const [from, to] = [folderOf(file), folderOf(target)]
    if (isTest(file) || from === to || target === 'handlers/parsed-json.ts') return false
    return to === 'scripts/dev' || !isAmong(to, MAY_IMPORT[from] ?? OF_A_COMMAND)
  })
  assert.deepEqual(wrong, [])
})

test('infra imports nothing of scripts, its tests included', () => {
  assert.deepEqual(
    violations((file, target) => file.startsWith('infra/') && target.startsWith('scripts/')),
    [],
  )
})

test('only tests and scripts/dev import from testing/', () => {
  assert.deepEqual(
    violations((file, target) => isTest(target) && !isTest(file) && !file.startsWith('scripts/dev/')),
    [],
  )
})

test("only infra imports CDKTF's packages", () => {
  const packages = /\b(?:from|import|import\()\s*'(?:cdktf|constructs|@cdktf\/)/
  const importing = files.filter(file => packages.test(readFileSync(join(root, file), 'utf8')))
  assert.ok(importing.length > 5)
  assert.deepEqual(
    importing.filter(file => !file.startsWith('infra/')),
    [],
  )
})
