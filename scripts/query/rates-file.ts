import { readFileSync } from 'node:fs'
import { parseRates, type Rate } from '../../sql/rates.ts'
import { UsageError } from '../lib/cli/command.ts'

/**
 * Reads the rate card of an option `--rates FILE`.
 * @throws UsageError for a file that cannot be read or is no rate card
 */
export function readRates(file: string): Rate[] {
  if (file === '') throw new UsageError('--rates is empty')
  let csv: string
  try {
    csv = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--rates ${file}: ${error instanceof Error ? error.message : error}`)
  }
  try {
    return parseRates(csv)
  } catch (error) {
    throw new UsageError(`--rates ${file}, ${error instanceof Error ? error.message : error}`)
  }
}
