import { join } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { sources } from '../../../handlers/sources/index.ts'
import type { Outputs } from './deployed.ts'
import type { Functions } from './functions.ts'
import type { Project, Resource } from './project.ts'

/** What the steps before the deployment work with. */
export interface Verification {
  readonly project: Project
  readonly s3: S3Client
  /** The environment of processes that reach the emulator: functions and tools. */
  readonly env: NodeJS.ProcessEnv
  /** Every plan, state and output that an operator's screen and disk get to see: none may contain a secret. */
  readonly operatorTexts: string[]
}

/** What the steps after the deployment work with, in addition. */
export interface Deployed extends Verification {
  readonly state: readonly Resource[]
  readonly outputs: Outputs
  readonly functions: Functions
}

/** The webhooks' plain settings as the environment gives them to the stack: those with which the fixtures are kept. */
export const WEBHOOK_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  sources.flatMap(({ sample }) => Object.entries(sample.settings).map(([name, value]) => [`CHATLAKE_${name}S`, value])),
)

/** When every delivery arrives, in epoch milliseconds: evening in São Paulo, already the next day in UTC. */
export const ARRIVAL = Date.UTC(2026, 10, 10, 1, 30)

/** Options of a command that may delete the buckets with messages. */
export const FORCE_DESTROY = { env: { CHATLAKE_FORCE_DESTROY: 'true' }, timeout: 400 } as const

/** The folder of the synthesized stack. */
export const stackFolder = (project: Project) => join(project.folder, 'cdktf.out', 'stacks', 'chatlake-prod')
