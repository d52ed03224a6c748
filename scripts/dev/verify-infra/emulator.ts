import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pythonProgram } from './tools.ts'

const PROGRAM = fileURLToPath(new URL('emulator.py', import.meta.url))

/** A running emulator of AWS: moto, see emulator.py. */
export interface Emulator {
  readonly endpoint: string
  stop(): void
}

/** Starts the emulator on a free port. @throws when it does not answer within 30 seconds */
export async function startEmulator(env: NodeJS.ProcessEnv): Promise<Emulator> {
  const bin = await pythonProgram('moto', env)
  const port = await freePort()
  const child = spawn(join(bin, 'python'), [PROGRAM, String(port)], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log = `${log}${chunk}`.slice(-4000)
  })
  const stop = () => void child.kill()
  process.once('exit', stop)
  const endpoint = `http://127.0.0.1:${port}`
  for (let attempt = 0; attempt < 120; attempt++) {
    if (hasEnded(child)) break
    if (
      await fetch(`${endpoint}/moto-api/`).then(
        answer => answer.ok,
        () => false,
      )
    )
      return { endpoint, stop }
    await sleep(250)
  }
  stop()
  throw new Error(`the emulator does not answer within 30 seconds\n${log}`)
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
