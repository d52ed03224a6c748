import { SECRETS } from '../../../handlers/ingest/testing/deliveries.ts'
import { must } from './oracle.ts'
import { PRIVATE } from './traffic.ts'

/** Checks every line that the functions log: structured, without personal data, without secrets. */
export class LogCheck {
  lines = 0
  readonly #bad: string[] = []

  readonly read = (line: string): void => {
    this.lines++
    if (PRIVATE.test(line) || Object.values(SECRETS).some(secret => line.includes(secret))) this.#bad.push(line)
    else if (!line.startsWith('{')) this.#bad.push(`(not structured) ${line}`)
  }

  /** @throws Violation */
  verify(): void {
    const [first] = this.#bad
    must(
      first === undefined,
      `${this.#bad.length} log lines are not structured or contain personal data or secrets; the first: ${first}`,
    )
  }
}
