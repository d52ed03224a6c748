import type { Settings } from './settings.ts'

/** What every construct knows of the deployment. */
export interface Deployment extends Settings {
  /** The AWS account's id. */
  readonly account: string
  /** The CloudWatch namespace of the functions' metrics. */
  readonly metricsNamespace: string
  /** The directory of the built bundles. */
  readonly dist: string
  /** The full name of a resource, unique among the stages of an account: `chatlake-<stage>-<part>`. */
  readonly name: (part: string) => string
}
