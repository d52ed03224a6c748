import { openSync, writeSync } from 'node:fs'
import { format } from 'node:util'

/*
 * Loaded into every process of a test run, and into those that they start. Appends what is logged to the file
 * CAPTURED_LOG, which scripts/dev/test.ts searches for personal data: every log line, also if a test intercepts it, and
 * what is written to the console and to standard error. Not standard output: commands print results there, and tests
 * report to their runner.
 */

const { CAPTURED_LOG = '' } = process.env
const captured = openSync(CAPTURED_LOG, 'a')
const capture = text => writeSync(captured, `${text}\n`)

const { stringify } = JSON
JSON.stringify = (...parameters) => {
  const json = stringify(...parameters)
  if (json?.startsWith('{"level":')) capture(json)
  return json
}

for (const method of ['log', 'info', 'debug']) {
  const print = console[method]
  console[method] = (...parameters) => {
    capture(format(...parameters))
    print(...parameters)
  }
}

const { write } = process.stderr
process.stderr.write = (chunk, ...more) => {
  capture(chunk)
  return write.call(process.stderr, chunk, ...more)
}
