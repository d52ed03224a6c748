import { assertDate } from '../../../handlers/lake/calendar.ts'
import { sources } from '../../../handlers/sources/index.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { UsageError } from './command.ts'

export const sourceNames = sources.map(({ name }) => name)

/** @throws UsageError for a platform that is not among `known` */
export function sourceOption(name: string | undefined, known: readonly Source[] = sources): Source {
  const source = known.find(source => source.name === name)
  if (!source) {
    throw new UsageError(
      `--source ${name === undefined ? 'is missing' : `${name} is unknown`}: write ${known.map(({ name }) => name).join(' or ')}`,
    )
  }
  return source
}

/** @throws UsageError unless it is a day that exists */
export function dateOption(option: string, value: string): string {
  try {
    assertDate(value)
    return value
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : error}`)
  }
}

/** @throws UsageError unless it is a whole number of at least `least` */
export function countOption(option: string, value: string, least = 1): number {
  const count = Number(value)
  if (!Number.isSafeInteger(count) || count < least) throw new UsageError(`${option} is a whole number from ${least}`)
  return count
}
