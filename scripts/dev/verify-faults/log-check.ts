import { PERSONAL } from '../../../handlers/sources/testing/traffic.ts'
import { must } from './oracle.ts'

/** Checks every line that the functions log: structured, without personal data, without secrets. */
export class LogCheck {
  lines = 0
  readonly #bad: string[] = []
  readonly #secrets: readonly string[]

  /** @param secrets the values of the functions' secrets */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  readonly read = (line: string): void => {
    this.lines++
    if (PERSONAL.test(line) || this.#secrets.some(secret => line.includes(secret))) this.#bad.push(line)
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
