import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../cli/command.ts'
import { parseS3Uri } from './s3-uri.ts'

describe('parseS3Uri', () => {
  for (const [text, location] of [
    ['s3://bucket', { bucket: 'bucket', prefix: '' }],
    ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket-1/a/b', { bucket: 'my.bucket-1', prefix: 'a/b/' }],
    ['s3://bucket/a/', { bucket: 'bucket', prefix: 'a/' }],
    ['s3://bucket/a//', { bucket: 'bucket', prefix: 'a/' }],
    ['lake', undefined],
    ['./s3://bucket', undefined],
    ['', undefined],
  ] as const) {
    it(`parses ${JSON.stringify(text)}`, () => assert.deepEqual(parseS3Uri(text), location))
  }
  for (const text of ['s3://', 's3:/bucket', 's3://Bucket', 'S3://bucket', 's3://-bucket', 's3://b', 's3:bucket']) {
    it(`refuses ${text}`, () =>
      assert.throws(() => parseS3Uri(text), { name: UsageError.name, message: /is not an S3 address: write s3:/ }))
  }
})
