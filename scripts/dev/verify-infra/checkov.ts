import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'
import { pythonProgram } from './tools.ts'

export interface Finding {
  readonly rule: string
  readonly check_name: string
  readonly resource: string
}

/**
 * Scans a Terraform plan with checkov.
 * @param plan as JSON
 * @param file where to write it
 */
export async function scan(
  plan: string,
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly passed: number; readonly failed: readonly Finding[] }> {
  writeFileSync(file, plan)
  const { AWS_ENDPOINT_URL, ...rest } = env
  const checkov = join(await pythonProgram('checkov', rest), 'checkov')
  const args = ['--file', file, '--framework', 'terraform_plan', '--output', 'json', '--compact', '--quiet']
  const { stdout } = await run(checkov, args, { cwd: '.', env: rest, timeout: 240, accept: [0, 1] })
  const { summary, results } = JSON.parse(stdout) as {
    summary: { passed: number; parsing_errors: number }
    results: { failed_checks: { check_id: string; check_name: string; resource: string }[] }
  }
  assert.equal(summary.parsing_errors, 0)
  const failed = results.failed_checks.map(({ check_id, check_name, resource }) => ({
    rule: check_id,
    check_name,
    resource,
  }))
  return { passed: summary.passed, failed }
}
