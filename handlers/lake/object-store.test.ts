import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { byUtf8 } from './object-store.ts'
import { copyIn, directories, listed, s3Buckets, setLastModified } from './testing/stores.ts'
import { Utf8Slice } from './utf8-slice.ts'

const bytes = (text: string) => Buffer.from(text)
const ARRIVAL = Date.parse('2026-11-24T03:15:00.123Z')

test('byUtf8 orders keys by their UTF-8 bytes', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '\0', 'é', '\uD7FF', '\uE000', '\uFFFF', '😀', '\u{10FFFF}'),
  })
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(byUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

for (const kind of [directories(), s3Buckets()]) {
  describe(`objects ${kind.name}`, { skip: kind.skip }, () => {
    before(() => kind.start())
    after(() => kind.stop())
    const open = async () => (await kind.open()).store
    const textOf = async (store: Awaited<ReturnType<typeof open>>, key: string) => {
      const object = await store.get(key)
      return object && Buffer.from(object.body).toString()
    }

    test('putIfAbsent creates a new key; an existing one it reports and leaves unchanged', async () => {
      const store = await open()
      assert.equal(await store.putIfAbsent('a/b.json', bytes('first'), ARRIVAL), 'created')
      assert.equal(await store.putIfAbsent('a/b.json', bytes('second'), ARRIVAL + 1), 'exists')
      assert.equal(await textOf(store, 'a/b.json'), 'first')
      assert.equal((await store.get('a/b.json'))?.receivedAt, ARRIVAL)
    })

    test('of 16 concurrent puts of a key one creates the object, whose body is complete', async () => {
      const store = await open()
      for (let round = 0; round < 5; round++) {
        const bodies = Array.from({ length: 16 }, () => randomBytes(50_000))
        const outcomes = await Promise.all(bodies.map(body => store.putIfAbsent(`race/${round}`, body, ARRIVAL)))
        assert.deepEqual(outcomes.toSorted(), ['created', ...Array(15).fill('exists')])
        const winner = bodies[outcomes.indexOf('created')]
        assert.ok(winner?.equals((await store.get(`race/${round}`))?.body ?? bytes('')))
      }
      assert.equal((await listed(store, 'race/')).length, 5)
    })

    test('the arrival is stored to the millisecond, however long ago it was', async () => {
      const opened = await kind.open()
      for (const arrival of [ARRIVAL, ARRIVAL + 1, Date.parse('2026-01-01T00:00:00.999Z'), Date.now()]) {
        await opened.store.putIfAbsent(`a/${arrival}`, bytes('x'), arrival)
        assert.equal((await opened.store.get(`a/${arrival}`))?.receivedAt, arrival)
      }
    })

    test('an object without an arrival has its LastModified as the arrival', async () => {
      const opened = await kind.open()
      await opened.store.put('a', bytes('x'))
      const now = (await opened.store.get('a'))?.receivedAt ?? 0
      assert.ok(Math.abs(now - Date.now()) < 60_000)
      setLastModified(opened, 'a', Date.parse('2026-11-01T12:00:00Z'))
      assert.equal((await opened.store.get('a'))?.receivedAt, Date.parse('2026-11-01T12:00:00Z'))
      assert.deepEqual(await listed(opened.store, ''), [
        { key: 'a', lastModified: Date.parse('2026-11-01T12:00:00Z'), size: 1 },
      ])
    })

    test('bodies are stored unchanged: every byte value, an empty one, and 3 MB', async () => {
      const store = await open()
      for (const body of [Uint8Array.from({ length: 256 }, (_, i) => i), new Uint8Array(), randomBytes(3_000_000)]) {
        await store.putIfAbsent(`absent/${body.length}`, body, ARRIVAL)
        await store.put(`put/${body.length}`, body)
        for (const folder of ['absent', 'put'])
          assert.ok(Buffer.from(body).equals((await store.get(`${folder}/${body.length}`))?.body ?? bytes('none')))
      }
    })

    test('a body that was read, and a slice of it, do not change while other objects are read', async () => {
      const opened = await kind.open()
      const sizes = [...Array.from({ length: 600 }, (_, i) => i * 7), 2 ** 16 - 1, 2 ** 16, 2 ** 16 + 1, 300_000, 10, 0]
      const expected = sizes.map((size, i) => String.fromCharCode(97 + (i % 26)).repeat(size))
      for (const [i, text] of expected.entries())
        copyIn(opened, `day/${String(i).padStart(4, '0')}`, bytes(text), ARRIVAL)
      const bodies: Uint8Array[] = []
      await opened.store.readEach(await listed(opened.store, 'day/'), (_key, { body }) => {
        bodies.push(body)
        return undefined
      })
      assert.equal(bodies.length, sizes.length)
      for (const [i, body] of bodies.entries()) {
        assert.ok(bytes(expected[i] as string).equals(body), `body ${i}`)
        assert.equal(String(new Utf8Slice(body, 0, body.length)), expected[i])
      }
    })

    test('a body that is a view of a larger buffer is stored within its bounds', async () => {
      const store = await open()
      await store.putIfAbsent('a', bytes('<body>').subarray(1, 5), ARRIVAL)
      await store.put('b', bytes('<body>').subarray(1, 5))
      assert.deepEqual([await textOf(store, 'a'), await textOf(store, 'b')], ['body', 'body'])
    })

    test('a key that does not exist gives null, also if it is a prefix of one or continues one', async () => {
      const store = await open()
      await store.put('a/b', bytes('x'))
      for (const key of ['none', 'a/none', 'a', 'a/b/c', 'none/none']) assert.equal(await store.get(key), null, key)
    })

    test('delete removes an object; deleting a key that does not exist succeeds and removes nothing else', async () => {
      const store = await open()
      for (const key of ['a/b', 'a/c']) await store.put(key, bytes(key))
      await store.delete('a/b')
      assert.equal(await store.get('a/b'), null)
      for (const key of ['a/b', 'none', 'none/none', 'a', 'a/c/d']) await store.delete(key)
      assert.deepEqual(
        (await listed(store, '')).map(({ key }) => key),
        ['a/c'],
      )
      assert.equal(await store.putIfAbsent('a/b', bytes('again'), ARRIVAL), 'created')
    })

    test('put replaces an object by one of any length', async () => {
      const store = await open()
      await store.putIfAbsent('a', bytes('arrived'), ARRIVAL)
      for (const text of ['short', 'a longer one', '', 'x'.repeat(100_000)]) {
        await store.put('a', bytes(text))
        assert.equal(await textOf(store, 'a'), text)
      }
    })

    test('a body in pieces is stored as one object', async () => {
      const store = await open()
      const pieces = [bytes('one, '), new Uint8Array(), bytes('<two>').subarray(1, 4)]
      await store.put('a', pieces)
      assert.equal(await textOf(store, 'a'), 'one, two')
      await store.put('a', pieces.slice(2))
      assert.equal(await textOf(store, 'a'), 'two')
      await store.put('a', [])
      assert.equal(await textOf(store, 'a'), '')
    })

    test('a listing has the objects under the prefix, ordered by the bytes of their keys', async () => {
      const store = await open()
      const inOrder = ['p/A', 'p/a b', 'p/a-b', 'p/a/b', 'p/a/b.c/d', 'p/a0', 'p/b', 'p/é', 'p/\uFF5E', 'p/😀']
      for (const key of [...inOrder, 'o/z', 'pp/a', 'q/a', 'P/a'].toReversed()) await store.put(key, bytes(key))
      const keys = async (prefix: string, after?: string) => (await listed(store, prefix, after)).map(({ key }) => key)
      assert.deepEqual(await keys('p/'), inOrder)
      assert.deepEqual(
        await keys('p/a'),
        inOrder.filter(key => key.startsWith('p/a')),
      )
      assert.deepEqual(await keys('p/a/b'), ['p/a/b', 'p/a/b.c/d'])
      assert.deepEqual(await keys('none/'), [])
      assert.deepEqual(await keys('p/', 'p/a-b'), inOrder.slice(3))
      assert.deepEqual(await keys('p/', 'p/a-c'), inOrder.slice(3), 'after a key that does not exist')
      assert.deepEqual(await keys('p/', 'o'), inOrder, 'after a key that sorts before all')
      assert.deepEqual(await keys('p/', 'p/😀'), [])
      assert.deepEqual(await keys(''), ['P/a', 'o/z', ...inOrder, 'pp/a', 'q/a'])
    })

    test('a listing sorts a folder’s neighbours before or after all of it, also among many long names', async () => {
      const opened = await kind.open()
      const inOrder = [' b', '-b', '.json', '/a', '/b/c', '/é', '0', 'b', 'é', '\uFF5E', '😀'].map(end => `p/a${end}`)
      const long = 'x'.repeat(200)
      for (let i = 0; i < 1500; i++) inOrder.push(`p/${long}${String(i).padStart(4, '0')}`)
      for (const key of inOrder.toReversed()) copyIn(opened, key, bytes('x'), ARRIVAL)
      assert.deepEqual(
        (await listed(opened.store, 'p/')).map(({ key }) => key),
        inOrder,
      )
    })

    test('a listing of 2,500 objects is complete, ordered and in pages', async () => {
      const opened = await kind.open()
      const keys = Array.from({ length: 2500 }, (_, i) => `day/${String(i).padStart(5, '0')}.json`)
      for (const key of keys.toReversed()) copyIn(opened, key, bytes(key), ARRIVAL)
      const pages = []
      for await (const page of opened.store.list('day/')) pages.push(page.map(({ key }) => key))
      assert.deepEqual(pages.flat(), keys)
      assert.ok(pages.length > 1 && pages.every(page => page.length <= 1000))
      assert.deepEqual(
        (await listed(opened.store, 'day/', keys[1999])).map(({ key }) => key),
        keys.slice(2000),
      )
    })

    test('an object that is deleted during a listing causes no error', async () => {
      const opened = await kind.open()
      const keys = Array.from({ length: 1100 }, (_, i) => `day/${String(i).padStart(5, '0')}`)
      for (const key of keys) copyIn(opened, key, bytes(key), ARRIVAL)
      const seen: string[] = []
      for await (const page of opened.store.list('day/')) {
        seen.push(...page.map(({ key }) => key))
        await opened.store.delete('day/01050')
      }
      assert.deepEqual(
        seen,
        keys.filter(key => key !== 'day/01050'),
      )
    })

    test('keys of any characters are distinct', async () => {
      const store = await open()
      const keys = [
        'a b',
        'a+b',
        'a%20b',
        'a&b<c>',
        `a'"b`,
        'a=b',
        'ção',
        '😀',
        '.a',
        'a.',
        '~',
        'a?b#c',
        'a\\b',
        'a*b',
      ]
      for (const key of keys) assert.equal(await store.putIfAbsent(`odd/${key}`, bytes(key), ARRIVAL), 'created', key)
      for (const key of keys) assert.equal(await textOf(store, `odd/${key}`), key)
      assert.deepEqual(
        (await listed(store, 'odd/')).map(({ key }) => key).toSorted(),
        keys.map(key => `odd/${key}`).toSorted(),
      )
    })
  })
}
