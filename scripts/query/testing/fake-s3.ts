import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type LocalServer, startLocalServer } from '../../../handlers/lake/testing/local-server.ts'

export interface FakeS3 extends LocalServer {
  /** Keys of the objects that were fetched, in the order of their requests. */
  readonly fetched: readonly string[]
}

/**
 * A fake S3 for reading: ListObjectsV2, in pages, and GetObject. The bucket `lake` has the files of a directory.
 * @param options.hangs matches keys whose body never ends
 */
export async function fakeS3(
  directory: string,
  { pageSize = 3, hangs = /^$/ }: { readonly pageSize?: number; readonly hangs?: RegExp } = {},
): Promise<FakeS3> {
  const fetched: string[] = []
  const keys = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(directory, path)).isFile())
    .sort()
  const server = await startLocalServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
    const [, bucket, ...rest] = decodeURIComponent(pathname).split('/')
    const key = rest.join('/')
    const xml = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${body}`)
    if (bucket !== 'lake') {
      return xml(404, '<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>')
    }
    if (searchParams.get('list-type') === '2') {
      const prefix = searchParams.get('prefix') ?? ''
      const after = searchParams.get('continuation-token') ?? searchParams.get('start-after') ?? ''
      const found = keys.filter(key => key.startsWith(prefix) && key > after)
      const page = found.slice(0, pageSize)
      const more = found.length > page.length
      const contents = page.map(key => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')
      const token = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
      return xml(200, `<ListBucketResult><IsTruncated>${more}</IsTruncated>${token}${contents}</ListBucketResult>`)
    }
    if (!keys.includes(key)) return xml(404, '<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>')
    fetched.push(key)
    const body = readFileSync(join(directory, key))
    response.writeHead(200, { 'content-length': body.length })
    return hangs.test(key) ? response.write(body.subarray(0, 10)) : response.end(body)
  })
  return { ...server, fetched }
}
