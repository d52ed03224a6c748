import { assertDate } from '../../../handlers/lake/calendar.ts'
import { sources } from '../../../handlers/sources/index.ts'
import type { Source } from '../../../handlers/sources/source.ts'
import { UsageError } from './command.ts'

export const sourceNames = sources.map(({ name }) => name)

/** The source that `--source` names. @throws UsageError where it is missing or not among `known` */
export function sourceOption(name: string | undefined, known: readonly Source[] = sources): Source {
  const source = known.find(source => source.name === name)
  if (!source) {
    throw new UsageError(
      `--source ${name === undefined ? 'is missing' : `${name} is unknown`}: write ${known.map(({ name }) => name).join(' or ')}`,
    )
  }
  return source
}

/** The value of an option that takes a day, `YYYY-MM-DD`. @throws UsageError for an impossible date */
export function dateOption(option: string, value: string): string {
  try {
    assertDate(value)
    return value
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : error}`)
  }
}

/** The value of an option that takes a whole number. @throws UsageError unless it is one of at least `least` */
export function countOption(option: string, value: string, least = 1): number {
  const count = Number(value)
  if (!Number.isSafeInteger(count) || count < least)
    throw new UsageError(`${option} takes a whole number from ${least}`)
  return count
}
