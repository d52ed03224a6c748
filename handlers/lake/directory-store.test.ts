import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { DirectoryStore } from './directory-store.ts'
import { directories, listed } from './testing/stores.ts'

/* Only what is particular to a directory; object-store.test.ts tests every kind of store. */

const ARRIVAL = Date.parse('2026-11-24T03:15:00.123Z')
const body = Buffer.from('x')

const kind = directories()
before(() => kind.start())
after(() => kind.stop())

test('a key is a path below the directory: one that leads elsewhere is refused, and nothing is written', async () => {
  const { files } = await kind.open()
  const root = join(files, 'lake')
  const store = new DirectoryStore(root)
  for (const key of ['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../../b', 'a/./b', 'a/..', '.unfinished/a']) {
    await assert.rejects(() => store.putIfAbsent(key, body, ARRIVAL), RangeError, key)
    await assert.rejects(() => store.put(key, body), RangeError, key)
    await assert.rejects(() => store.get(key), RangeError, key)
    await assert.rejects(() => store.delete(key), RangeError, key)
  }
  assert.deepEqual(readdirSync(files), existsSync(root) ? ['lake'] : [])
  assert.deepEqual(await listed(store, ''), [])
})

test('a directory that does not exist is an empty store', async () => {
  const store = new DirectoryStore(join((await kind.open()).files, 'not', 'yet'))
  assert.deepEqual(await listed(store, ''), [])
  assert.equal(await store.get('a'), null)
  await store.delete('a')
  assert.equal(await store.putIfAbsent('a', body, ARRIVAL), 'created')
})

test('a prefix that continues the key of a file lists nothing', async () => {
  const { store } = await kind.open()
  await store.put('a/b', body)
  assert.deepEqual(await listed(store, 'a/b/'), [])
  assert.deepEqual(await listed(store, 'a/b/c/d'), [])
})

test('an unfinished write of a crashed process is not listed and does no harm', async () => {
  const { store, files } = await kind.open()
  await store.put('a', body)
  mkdirSync(join(files, '.unfinished'), { recursive: true })
  writeFileSync(join(files, '.unfinished', 'left-behind'), 'half')
  assert.deepEqual(
    (await listed(store, '')).map(({ key }) => key),
    ['a'],
  )
})

test('finished writes leave only their objects', async () => {
  const { store, files } = await kind.open()
  for (const write of ['created', 'exists']) assert.equal(await store.putIfAbsent('a', body, ARRIVAL), write)
  await store.put('b', body)
  const left = readdirSync(files, { recursive: true }).filter(name => name !== '.unfinished')
  assert.deepEqual(left.toSorted(), ['a', 'b'])
})

test('a copy that preserves times has the same objects', async () => {
  const { store, files } = await kind.open()
  const copy = await kind.open()
  for (const millisecond of [0, 1, 57, 123, 499, 501, 999])
    await store.putIfAbsent(`a/${millisecond}`, body, ARRIVAL - 123 + millisecond)
  cpSync(files, copy.files, { recursive: true, preserveTimestamps: true })
  assert.deepEqual(await listed(copy.store, 'a/'), await listed(store, 'a/'))
})

test('of several processes that put the same keys at once, one creates each object', { timeout: 20_000 }, async () => {
  const { store, files } = await kind.open()
  const racer = (name: string) => `
    import { DirectoryStore } from ${JSON.stringify(import.meta.resolve('./directory-store.js'))}
    const store = new DirectoryStore(${JSON.stringify(files)})
    while (Date.now() < ${start}) {}
    let created = 0
    for (let key = 0; key < 300; key++)
      if (await store.putIfAbsent('race/' + key, Buffer.alloc(10_000, '${name}'), 0) === 'created') created++
    console.log(created)`
  const start = Date.now() + 1000
  const run = promisify(execFile)
  const racers = await Promise.all(
    ['a', 'b'].map(name => run(process.execPath, ['--input-type=module', '--eval', racer(name)], { timeout: 15_000 })),
  )
  assert.equal(
    racers.reduce((sum, { stdout }) => sum + Number(stdout), 0),
    300,
  )
  for (const { key } of await listed(store, 'race/')) {
    const object = await store.get(key)
    assert.equal(object?.body.length, 10_000)
    assert.equal(new Set(object.body).size, 1)
  }
})
