import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Where `npm run build` puts bundles. */
export const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

const PROGRAM = fileURLToPath(new URL('lambda-process.mjs', import.meta.url))

/** The process was killed before it answered. */
export class ProcessKilled extends Error {
  override readonly name = 'ProcessKilled'
}

/** The handler threw, as a Lambda reports it. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** One execution environment of a Lambda function: a process of its own that can be killed. */
export class Lambda {
  readonly #process: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly ended: Promise<void>
  #events = 0

  /**
   * @param name the bundle's folder in `dist`
   * @param writeLine receives each line of its stdout and stderr
   */
  constructor(name: string, env: NodeJS.ProcessEnv, writeLine: (line: string) => void, dist = DIST) {
    const module = pathToFileURL(join(dist, name, 'index.mjs')).href
    this.#process = fork(PROGRAM, [module], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface(stream).on('line', writeLine)
    }
    this.#process.on('message', (message: { id: number; result?: unknown; error?: string }) => {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error === undefined) pending?.resolve(message.result)
      else pending?.reject(new HandlerError(message.error))
    })
    this.#process.on('error', () => {}) // sending to a process that is being killed fails; 'exit' reports it
    this.ended = new Promise(resolve => {
      this.#process.once('exit', () => {
        for (const { reject } of this.#pending.values()) reject(new ProcessKilled(name))
        this.#pending.clear()
        resolve()
      })
    })
  }

  /** Invocations under way. */
  get busy(): number {
    return this.#pending.size
  }

  get isAlive(): boolean {
    return this.#process.connected
  }

  /** @throws ProcessKilled, HandlerError */
  invoke(event: unknown): Promise<unknown> {
    if (!this.isAlive) return Promise.reject(new ProcessKilled('the process had ended before it was invoked'))
    return new Promise((resolve, reject) => {
      const id = ++this.#events
      this.#pending.set(id, { resolve, reject })
      this.#process.send({ id, event })
    })
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#process.kill(signal)
  }
}
