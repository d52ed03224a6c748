import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { declaredSettings } from './settings.ts'
import { COMPANY } from './testing/company.ts'
import { type Json, synth } from './testing/synth.ts'

/** The version of the provider whose schema the bindings are generated from. */
const BINDINGS = '6.25.0'

const TESTED = declaredSettings().find(({ name }) => name === 'providerVersion')?.default

/** Terraform's own arguments of a resource. */
const META_ARGUMENTS = ['//', 'count', 'depends_on', 'lifecycle', 'provider']

/** What the bindings say of one block: for each attribute whether it is required, and the type of its value. */
type Schema = ReadonlyMap<string, { readonly required: boolean; readonly type: string }>

/** The blocks that the bindings of a resource declare, by the names of their interfaces. */
function schemasOf(type: string): ReadonlyMap<string, Schema> {
  const folder = type.replace(/^aws_/, '').replaceAll('_', '-')
  const names = [folder, `data-aws-${folder}`, `${folder}-a`]
  const files = names.flatMap(name => {
    try {
      return [readFileSync(`node_modules/@cdktf/provider-aws/lib/${name}/index.d.ts`, 'utf8')]
    } catch {
      return []
    }
  })
  const interfaces = files.join('\n').matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)
  return new Map(
    [...interfaces].map(([, name = '', body = '']) => {
      const attributes = body.matchAll(/^ {4}readonly (\w+)(\??): ([\w.{]+)/gm)
      return [
        name,
        new Map(
          [...attributes].map(([, key = '', optional, type = '']) => [snakeCase(key), { required: !optional, type }]),
        ),
      ]
    }),
  )
}

const snakeCase = (name: string) => name.replace(/[A-Z]|(?<=[a-z])\d+(?=[A-Z]|$)/g, part => `_${part}`).toLowerCase()

/** A sentence for each attribute of a block that the schema lacks, and for each required one that the block lacks. */
function differences(block: Json, schema: Schema, all: ReadonlyMap<string, Schema>, path: string): string[] {
  const without = (name: string) => name.replaceAll('_', '')
  const known = new Map([...schema].map(([name, attribute]) => [without(name), attribute]))
  const given = Object.keys(block).filter(name => !META_ARGUMENTS.includes(name))
  const unknown = given.filter(name => !known.has(without(name))).map(name => `${path}.${name} is unknown`)
  const missing = [...known]
    .filter(([name, { required }]) => required && !given.some(key => without(key) === name))
    .map(([name]) => `${path}.${name} is missing`)
  const nested = given.flatMap(name => {
    const inner = all.get(known.get(without(name))?.type ?? '')
    if (!inner) return []
    const blocks = [block[name]].flat().filter(value => typeof value === 'object' && value !== null) as Json[]
    return blocks.flatMap(value => differences(value, inner, all, `${path}.${name}`))
  })
  return [...unknown, ...missing, ...nested]
}

for (const [stage, env] of [
  ['of the default settings', {}],
  ['with everything on', COMPANY],
] as const) {
  test(`every attribute of a stage ${stage} is in the schema of provider ${BINDINGS}`, () => {
    const { resource, data } = synth(env).stack
    const found = [...Object.entries(resource), ...Object.entries(data)].flatMap(([type, byId]) => {
      const schemas = schemasOf(type)
      return Object.entries(byId as Readonly<Record<string, Json>>).flatMap(([id, block]) => {
        const schema = [...schemas].filter(([name]) => /ConfigA?$/.test(name)).map(([, schema]) => schema)
        const options = schema.map(schema => differences(block, schema, schemas, `${type}.${id}`))
        return options.find(({ length }) => length === 0) ?? options[0] ?? [`${type} has no bindings`]
      })
    })
    assert.deepEqual(found, [])
  })
}

test('the check finds an attribute that the schema lacks, and one that is missing', () => {
  const schemas = schemasOf('aws_cloudwatch_log_metric_filter')
  const schema = schemas.get('CloudwatchLogMetricFilterConfig')
  assert.ok(schema)
  const block = { name: 'n', pattern: 'p', log_group_name: 'g', metric_transformation: { name: 'n', valeu: '1' }, x: 1 }
  assert.deepEqual(differences(block, schema, schemas, 'filter'), [
    'filter.x is unknown',
    'filter.metric_transformation.valeu is unknown',
    'filter.metric_transformation.namespace is missing',
    'filter.metric_transformation.value is missing',
  ])
})

test('the provider is pinned to the version that verify:infra deploys with, unless providerVersion names another', () => {
  const pinned = (env: NodeJS.ProcessEnv) => {
    const { required_providers } = synth(env).stack.terraform as { required_providers: { aws: Json } }
    return required_providers.aws.version
  }
  assert.equal(TESTED, '5.100.0')
  assert.equal(pinned({}), TESTED)
  assert.equal(pinned({ CHATLAKE_PROVIDER_VERSION: BINDINGS }), BINDINGS)
  const bindings = readFileSync('node_modules/@cdktf/provider-aws/lib/provider/index.js', 'utf8')
  assert.ok(bindings.includes(`providerVersion: '${BINDINGS}'`), 'the bindings have another version')
})
