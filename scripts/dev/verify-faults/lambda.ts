import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('lambda-process.mjs', import.meta.url))

/** The process was killed before it answered. */
export class Died extends Error {
  override readonly name = 'Died'
}

/** The handler threw, as a Lambda reports it. */
export class Failed extends Error {
  override readonly name = 'Failed'
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A Lambda's execution environment, as a process of its own that can be killed. */
export class Lambda {
  readonly #process: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly ended: Promise<void>
  #events = 0

  /**
   * @param name a folder of dist/
   * @param writeLine takes what it logs, and what its errors say
   */
  constructor(name: string, env: NodeJS.ProcessEnv, writeLine: (line: string) => void) {
    const bundle = new URL(`../../../dist/${name}/index.mjs`, import.meta.url).href
    this.#process = fork(PROGRAM, [bundle], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface(stream).on('line', writeLine)
    }
    this.#process.on('message', (message: { id: number; result?: unknown; error?: string }) => {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error === undefined) pending?.resolve(message.result)
      else pending?.reject(new Failed(message.error))
    })
    this.#process.on('error', () => {}) // an event sent to a process that is being killed; its exit tells
    this.ended = new Promise(resolve => {
      this.#process.once('exit', () => {
        for (const { reject } of this.#pending.values()) reject(new Died(name))
        this.#pending.clear()
        resolve()
      })
    })
  }

  get busy(): number {
    return this.#pending.size
  }

  get isAlive(): boolean {
    return this.#process.connected
  }

  /** @throws Died, Failed */
  invoke(event: unknown): Promise<unknown> {
    if (!this.isAlive) return Promise.reject(new Died('gone before it was asked'))
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
