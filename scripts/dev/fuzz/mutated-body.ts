import fc from 'fast-check'
import {
  isWritable,
  type Mutation,
  mutate,
  mutation,
  NAMES,
  parsedOf,
  TROUBLE,
  writeJson,
} from '../../../handlers/sources/testing/mutations.ts'

/** True in so many of a hundred cases. */
const percent = (chance: number) => fc.nat(99).map(value => value < chance)

/**
 * Bodies that no platform sends: of the seeds, with changes to their nodes, their text or their bytes, and random bytes.
 * Without fast-check's bias to small values, which would change mostly the first nodes and bytes.
 * @param seeds bodies; those that are JSON are changed as documents
 */
export function mutatedBody(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const documents = seeds.map(parsedOf).filter(isWritable)
  const seed = fc.constantFrom(...seeds)
  const json = fc
    .record({ seed, mutations: fc.array(mutation, { minLength: 1, maxLength: 5 }), style })
    .map(({ seed, mutations, style }) => mutatedJson(seed, mutations, style, documents))
  const changed = (bodies: fc.Arbitrary<Buffer>) =>
    fc
      .record({ body: bodies, edits: fc.array(edit, { minLength: 1, maxLength: 4 }) })
      .map(({ body, edits }) => edits.reduce((bytes, change) => edited(bytes, change, seeds), body))
  return fc.noBias(
    fc.oneof(
      { weight: 66, arbitrary: json },
      { weight: 15, arbitrary: changed(json) },
      { weight: 15, arbitrary: changed(seed) },
      { weight: 4, arbitrary: fc.uint8Array({ maxLength: 63, size: 'max' }).map(bytes => Buffer.from(bytes)) },
    ),
  )
}

/** Ways of writing JSON that `JSON.stringify` does not choose. */
const style = fc.record({
  isIndented: percent(10),
  isEscaped: percent(10),
  hasByteOrderMark: percent(3),
  hasBlanksAround: percent(3),
  /** Members at the beginning of some objects, which may repeat a key. */
  members: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        every: fc.integer({ min: 1, max: 20 }),
        name: fc.constantFrom(...NAMES),
        json: fc.constantFrom(...TROUBLE),
      }),
    },
  ),
})

type Style = typeof style extends fc.Arbitrary<infer T> ? T : never

/** The seed mutated; as it is where it is not JSON, or too deep to be written. */
function mutatedJson(seed: Buffer, mutations: readonly Mutation[], style: Style, others: readonly unknown[]): Buffer {
  try {
    const document = mutate(JSON.parse(seed.toString()), mutations, others)
    return Buffer.from(styled(writeJson(document, style.isIndented ? '\t' : undefined), style))
  } catch {
    return seed
  }
}

function styled(json: string, { isEscaped, hasByteOrderMark, hasBlanksAround, members }: Style): string {
  let [text, objects] = [json, 0]
  if (members) {
    const { every, name, json } = members
    text = text.replace(/\{(?=")/g, it => (objects++ % every === 0 ? `{${JSON.stringify(name)}:${json},` : it))
  }
  if (isEscaped) text = text.replace(/[^ -~]/g, it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (hasByteOrderMark) text = `\ufeff${text}`
  return hasBlanksAround ? ` \r\n${text}\t ` : text
}

/** A change to the bytes from one place to another; both are modulo the number of places. */
const edit = fc.record({
  from: fc.nat(),
  to: fc.nat(),
  what: fc.oneof(
    fc.record({ kind: fc.constantFrom('truncate', 'cut', 'repeat') }),
    fc.record({ kind: fc.constant('overwrite'), bytes: fc.uint8Array({ maxLength: 6 }), removed: fc.nat(3) }),
    fc.record({ kind: fc.constant('splice'), seed: fc.nat(), from: fc.nat() }),
    fc.record({
      kind: fc.constant('insert'),
      text: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '\\u', '\0', '\ufeff'),
    }),
    fc.record({ kind: fc.constant('nest'), depth: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ kind: fc.constant('flip'), bit: fc.nat(7) }),
  ),
})

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

function edited(bytes: Buffer, { from, to, what }: Edit, seeds: readonly Buffer[]): Buffer {
  const places = bytes.length + 1
  const [start, end] = [Math.min(from % places, to % places), Math.max(from % places, to % places)]
  const [head, middle, tail] = [bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end)]
  switch (what.kind) {
    case 'truncate':
      return head
    case 'cut':
      return Buffer.concat([head, tail])
    case 'repeat':
      return Buffer.concat([head, middle.subarray(0, 2000), middle.subarray(0, 2000), tail])
    case 'overwrite':
      return Buffer.concat([head, what.bytes, bytes.subarray(start + what.removed)])
    case 'splice': {
      const other = seeds[what.seed % seeds.length] ?? bytes
      return Buffer.concat([head, other.subarray(what.from % (other.length + 1))])
    }
    case 'insert':
      return Buffer.concat([head, Buffer.from(what.text), middle, tail])
    case 'nest':
      return Buffer.concat([head, Buffer.from('['.repeat(what.depth) + ']'.repeat(what.depth)), middle, tail])
    case 'flip': {
      const flipped = Buffer.from(bytes)
      if (start < flipped.length) flipped[start] = (flipped[start] ?? 0) ^ (1 << what.bit)
      return flipped
    }
  }
}
