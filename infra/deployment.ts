import type { Settings } from './settings.ts'

/** What every construct knows of the deployment that it is a part of. */
export interface Deployment extends Settings {
  /** The AWS account's id. */
  readonly account: string
  /** Where its functions' metrics are. */
  readonly metricsNamespace: string
  /** The folder of the built bundles. */
  readonly dist: string
  /** The name of a part, unique among the stages of an account. */
  readonly name: (part: string) => string
}
