import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { findProgram } from './find-program.ts'

/*
 * A real S3 server for tests: versitygw. It stores a bucket as a folder and an object as a file, verifies signatures
 * and checksums, and supports `If-None-Match`.
 */

export interface S3Server {
  /** Creates an empty bucket. `files` is the folder of its objects. */
  bucket(options?: { readonly versioned?: boolean }): Promise<{ readonly name: string; readonly files: string }>
  stop(): Promise<void>
}

const MISSING =
  'versitygw, the S3 server of the tests, was not found: ' +
  'go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, or set VERSITYGW to its path'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chatlake', 'bin')
const program = process.env.VERSITYGW || findProgram(['versitygw'], [cache])

/** Why tests against S3 are skipped; false if they run. In CI they always run, and fail without the server. */
export const skipS3: string | false = program || process.env.CI === 'true' ? false : MISSING

if (skipS3) console.warn(`\n  !! SKIPPED: tests against S3. ${skipS3}\n`)

/** Starts the server and sets this process's environment so that the AWS SDK uses it. */
export async function startS3Server(): Promise<S3Server> {
  if (!program) throw new Error(MISSING)
  const directory = mkdtempSync(join(tmpdir(), 'chatlake-s3-'))
  // Metadata are extended attributes. With --sidecar a get during a put can read the body of one and metadata of the
  // other.
  const folders = { root: join(directory, 'objects'), versions: join(directory, 'versions') }
  for (const folder of Object.values(folders)) mkdirSync(folder)
  const { server, endpoint } = await launch(program, folders)
  const clear = () => rmSync(directory, { recursive: true, force: true })
  const kill = () => {
    server.kill('SIGKILL')
    clear()
  }
  process.once('exit', kill)
  Object.assign(process.env, environment(endpoint))
  const client = new S3Client({ forcePathStyle: true })
  let buckets = 0
  return {
    async bucket({ versioned = false } = {}) {
      const name = `bucket-${++buckets}`
      await client.send(new CreateBucketCommand({ Bucket: name }))
      if (versioned) {
        const VersioningConfiguration = { Status: 'Enabled' } as const
        await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }))
      }
      return { name, files: join(folders.root, name) }
    },
    async stop() {
      client.destroy()
      process.off('exit', kill)
      const exited = once(server, 'exit')
      if (server.kill('SIGKILL')) await exited
      clear()
    },
  }
}

/** Hides the user's AWS configuration, so that no test reaches the user's account. */
const environment = (endpoint: string) => ({
  ...KEYS,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_EC2_METADATA_DISABLED: 'true',
})

const KEYS = { AWS_ACCESS_KEY_ID: 'chatlake', AWS_SECRET_ACCESS_KEY: 'only-for-tests' }

interface Folders {
  readonly root: string
  readonly versions: string
}

async function launch(command: string, folders: Folders, attempts = 3) {
  const port = await freePort()
  const keys = ['--access', KEYS.AWS_ACCESS_KEY_ID, '--secret', KEYS.AWS_SECRET_ACCESS_KEY]
  const server = spawn(
    command,
    [
      '--port',
      `127.0.0.1:${port}`,
      ...keys,
      '--keep-alive',
      '--quiet',
      'posix',
      '--versioning-dir',
      folders.versions,
      folders.root,
    ],
    { stdio: 'ignore' },
  )
  const endpoint = `http://127.0.0.1:${port}`
  try {
    await untilReady(server, endpoint)
    return { server, endpoint }
  } catch (error) {
    server.kill('SIGKILL')
    if (attempts > 1) return launch(command, folders, attempts - 1) // another process may have taken the port
    throw error
  }
}

async function untilReady(server: ChildProcess, endpoint: string): Promise<void> {
  let failure: unknown
  server.once('error', error => {
    failure = error
  })
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (failure) throw failure
    if (server.exitCode !== null) break
    if (await fetch(endpoint).catch(() => undefined)) return
    await sleep(20)
  }
  throw new Error(`${server.spawnfile} does not respond at ${endpoint}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || !address) throw new Error('no port is free')
  return address.port
}
