import { spawn } from 'node:child_process'

/** Opens a file with the system's default program. A system without one gets a message on stderr. */
export function openFile(file: string): void {
  const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  }
  const [command = '', ...args] = openers[process.platform] ?? ['xdg-open']
  spawn(command, [...args, file], { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write(`No program was found to open the file.\n`))
    .unref()
}
