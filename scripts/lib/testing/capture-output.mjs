import { appendFileSync } from 'node:fs'
import { format } from 'node:util'

/*
 * Loaded into every process of a test run, and those that it starts: keeps what is logged in the file OVERHEARD, which
 * scripts/dev/test.ts searches. That is each line of the log, whatever a test does with it, what goes to the console and
 * what goes to standard error. Standard output is no log: commands answer there, and tests tell their runner their names.
 */

const { OVERHEARD = '' } = process.env
const keep = text => appendFileSync(OVERHEARD, `${text}\n`)

const { stringify } = JSON
JSON.stringify = (...parameters) => {
  const json = stringify(...parameters)
  if (json?.startsWith('{"level":')) keep(json)
  return json
}

for (const method of ['log', 'info', 'debug']) {
  const print = console[method]
  console[method] = (...parameters) => {
    keep(format(...parameters))
    print(...parameters)
  }
}

const { write } = process.stderr
process.stderr.write = (chunk, ...more) => {
  keep(chunk)
  return write.call(process.stderr, chunk, ...more)
}
