import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/*
 * Runs every test beside the code: `npm test`, or `npm test -- handlers/lake` for a part. Node 20's own runner finds
 * no TypeScript by itself.
 */

process.env.NO_COLOR = '1' // what commands print is compared, and picocolors takes CI for a terminal

const parts = process.argv.slice(2)
const files = ['handlers', 'infra', 'scripts']
  .filter(folder => existsSync(folder))
  .flatMap(folder => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => `${folder}/${file}`))
  .filter(file => file.endsWith('.test.ts'))
  .filter(file => parts.length === 0 || parts.some(part => file.startsWith(part)))
  .sort()

run({ files, concurrency: Math.max(2, availableParallelism()) })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(new spec())
  .pipe(process.stdout)
