import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { tables } from '../handlers/sources/tables.ts'
import { attributes, readable, synth } from './testing/synth.ts'

const stack = readable(synth())
const BUCKETS = ['buckets_raw', 'buckets_enriched', 'buckets_results']

/** Asserts that exactly the three buckets have a resource of a type, with these values. */
const ofEach = (type: string, suffix: string, values: Readonly<Record<string, unknown>>) =>
  assert.deepEqual(
    attributes(stack, type, 'bucket', ...Object.keys(values)),
    Object.fromEntries(BUCKETS.map(id => [`${id}_${suffix}`, { bucket: `${id}_bucket.id`, ...values }])),
  )

test('every bucket is versioned, encrypted with the key, private, and owns its objects', () => {
  ofEach('aws_s3_bucket_versioning', 'versioning', { versioning_configuration: { status: 'Enabled' } })
  ofEach('aws_s3_bucket_server_side_encryption_configuration', 'encryption', {
    rule: [
      {
        apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: 'key.arn' },
        bucket_key_enabled: true,
      },
    ],
  })
  ofEach('aws_s3_bucket_public_access_block', 'public-access', {
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  })
  ofEach('aws_s3_bucket_ownership_controls', 'owner', { rule: { object_ownership: 'BucketOwnerEnforced' } })
})

test('the buckets with messages and the key can be destroyed only with forceDestroy', () => {
  const guarded = (env: NodeJS.ProcessEnv) => {
    const { resource } = readable(synth(env))
    const guards = [resource.aws_s3_bucket, resource.aws_kms_key].flatMap(byId =>
      Object.entries(byId ?? {}).map(([id, { lifecycle, force_destroy }]) => [id, lifecycle, force_destroy]),
    )
    return guards.sort()
  }
  const guards = (mayGo: boolean, key: boolean) => [
    ['buckets_enriched_bucket', { prevent_destroy: !mayGo }, mayGo],
    ['buckets_raw_bucket', { prevent_destroy: !mayGo }, mayGo],
    ['buckets_results_bucket', { prevent_destroy: false }, true],
    ['key', { prevent_destroy: key }, undefined],
  ]
  assert.deepEqual(guarded({}), guards(false, true))
  assert.deepEqual(guarded({ CHATLAKE_FORCE_DESTROY: 'true' }), guards(true, false))
})

/** Prefix, days until objects expire, days until noncurrent versions are deleted. */
type Rule = readonly [prefix: string, expires: number | undefined, noncurrent: number | undefined]

function lifecycles(env: NodeJS.ProcessEnv): Readonly<Record<string, readonly Rule[]>> {
  const byId = readable(synth(env)).resource.aws_s3_bucket_lifecycle_configuration ?? {}
  return Object.fromEntries(
    Object.entries(byId).map(([id, { rule }]) => [
      id.split('_')[1],
      (
        rule as {
          id: string
          filter: { prefix: string }[]
          expiration?: { days?: number }[]
          noncurrent_version_expiration?: { noncurrent_days: number }[]
        }[]
      )
        .filter(({ id }) => id !== 'leftovers')
        .map(({ filter, expiration, noncurrent_version_expiration }) => [
          filter[0]?.prefix ?? '?',
          expiration?.[0]?.days,
          noncurrent_version_expiration?.[0]?.noncurrent_days,
        ]),
    ]),
  )
}

test('the messages of every source stay for good, or for retentionDays; the days of versions follow', () => {
  const kept = (messages: number | undefined, versions: number, results: number) => {
    const rules = (...prefixes: string[]) => prefixes.map((prefix): Rule => [prefix, messages, versions])
    return {
      raw: rules(...sources.map(({ name }) => `${name}/context_date=`)), // not telegram/chats/, or a group that became a supergroup would be forgotten
      enriched: rules(...tables.map(({ name }) => `${name}/`)),
      results: [['', results, results]],
    }
  }
  assert.deepEqual(lifecycles({}), kept(undefined, 30, 30))
  assert.deepEqual(lifecycles({ CHATLAKE_RETENTION_DAYS: '90' }), kept(90, 30, 30))
  assert.deepEqual(lifecycles({ CHATLAKE_RETENTION_DAYS: '7', CHATLAKE_SOURCES: 'whatsapp' }), kept(7, 7, 7))
})

test('raw and enriched have lake.json with the time zone; it does not expire, and another zone is refused', () => {
  const { resource } = readable(synth({ CHATLAKE_TIME_ZONE: 'Europe/Berlin' }))
  const files = Object.values(resource.aws_s3_object ?? {})
  assert.deepEqual(
    files.map(({ bucket, key, content, kms_key_id }) => [bucket, key, content, kms_key_id]),
    ['enriched', 'raw'].map(name => [
      `buckets_${name}_bucket.id`,
      'lake.json',
      '{"time_zone":"Europe/Berlin"}\n',
      'key.arn',
    ]),
  )
  const zone = 'jsondecode(self.content).time_zone'
  for (const { lifecycle } of files)
    assert.deepEqual(lifecycle, {
      ignore_changes: ['content'],
      postcondition: [
        {
          condition: `\${${zone} == "Europe/Berlin"}`,
          error_message:
            `The lake's time zone is \${${zone}}, and the setting timeZone is Europe/Berlin: ` +
            'set it back. A lake keeps its time zone; docs/operations.md says how to move to another one.',
        },
      ],
    })
  const prefixes = Object.values(lifecycles({ CHATLAKE_RETENTION_DAYS: '7' })).flat()
  const expiring = prefixes.filter(([prefix]) => 'lake.json'.startsWith(prefix))
  assert.deepEqual(expiring, [['', 7, 7]], 'only of results')
})

test('unfinished uploads and leftover delete markers are removed', () => {
  for (const { rule } of Object.values(stack.resource.aws_s3_bucket_lifecycle_configuration ?? {})) {
    assert.deepEqual((rule as readonly object[]).at(-1), {
      id: 'leftovers',
      status: 'Enabled',
      filter: [{ prefix: '' }],
      expiration: [{ expired_object_delete_marker: true }],
      abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }],
    })
  }
})
