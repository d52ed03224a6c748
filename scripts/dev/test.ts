import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { piiLeaks } from '../../handlers/observe/testing/pii-leaks.ts'

/*
 * Runs every test beside the code: `npm test`, or `npm test -- handlers/lake` for a part. Node 20's own runner finds
 * no TypeScript by itself. The run fails, too, where anything that was logged meanwhile tells of the fixtures' people.
 */

process.env.NO_COLOR = '1' // what commands print is compared, and picocolors takes CI for a terminal

const folder = mkdtempSync(join(tmpdir(), 'chatlake-test-'))
const overheard = join(folder, 'overheard')
writeFileSync(overheard, '')
process.env.OVERHEARD = overheard
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import ${new URL('../lib/testing/capture-output.mjs', import.meta.url)}`

const parts = process.argv.slice(2)
const files = ['handlers', 'infra', 'scripts', 'sql']
  .filter(folder => existsSync(folder))
  .flatMap(folder => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => `${folder}/${file}`))
  .filter(file => file.endsWith('.test.ts'))
  .filter(file => parts.length === 0 || parts.some(part => file.startsWith(part)))
  .sort()

let printed = ''
run({ files, concurrency: Math.max(2, availableParallelism()) })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .on('test:stdout', ({ message }) => {
    printed += message
  })
  .compose(new spec())
  .pipe(process.stdout)

process.on('exit', () => {
  const lines = `${readFileSync(overheard, 'utf8')}${printed}`.split('\n')
  rmSync(folder, { recursive: true })
  const found = piiLeaks(lines)
  if (found.length > 0) process.exitCode = 1
  console.log(
    found.length > 0
      ? `✖ logged, though it is personal:\n  ${found.join('\n  ')}`
      : `✔ nothing of the fixtures' people in ${lines.length} lines that were logged`,
  )
})
