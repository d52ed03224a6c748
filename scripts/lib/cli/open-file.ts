import { spawn } from 'node:child_process'

/** Hands a file to whatever opens HTML here. */
export function openFile(file: string): void {
  const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  }
  const [command = '', ...args] = openers[process.platform] ?? ['xdg-open']
  spawn(command, [...args, file], { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write(`There is no browser here to open it with.\n`))
    .unref()
}
