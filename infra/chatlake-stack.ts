import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js'
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js'
import { TerraformOutput, TerraformStack } from 'cdktf'
import type { Construct } from 'constructs'
import { tablePrefixes } from '../handlers/sources/day-keys.ts'
import { Alarms } from './alarms.ts'
import { Analysts } from './analysts.ts'
import { AthenaQueries } from './athena-queries.ts'
import { Budget, STACK_TAG } from './budget.ts'
import { DIST } from './bundle.ts'
import { Catalog } from './catalog.ts'
import { DailyTransform } from './daily-transform.ts'
import { Dashboard } from './dashboard.ts'
import type { Deployment } from './deployment.ts'
import { LakeBuckets } from './lake-buckets.ts'
import { FormerFunctionLogs, LakeFunction } from './lake-function.ts'
import { LakeKey } from './lake-key.ts'
import type { Settings } from './settings.ts'
import { configureState } from './state.ts'
import { WebhookApi } from './webhook-api.ts'
import { WebhookSecrets } from './webhook-secrets.ts'

/** One stage of chatlake: all its AWS resources. */
export class ChatlakeStack extends TerraformStack {
  /** @param dist the folder of the built bundles */
  constructor(scope: Construct, settings: Settings, dist = DIST) {
    super(scope, `chatlake-${settings.stage}`)
    const deployment = this.#deploymentOf(settings, dist)

    const key = new LakeKey(this, 'key', deployment)
    const buckets = new LakeBuckets(this, 'buckets', { deployment, key })
    const { raw, enriched, results, maintenanceRole } = buckets
    const secrets = new WebhookSecrets(this, 'secrets', { deployment, key })
    const routes = settings.sources.map(source => {
      const { name, webhook } = source
      const ingest = new LakeFunction(this, `${name}-ingest`, {
        deployment,
        key,
        bundle: `${name}-ingest`,
        memorySize: settings.ingestMemoryMb,
        timeout: 15,
        reservedConcurrency: settings.ingestConcurrency,
        bindings: [
          raw.grantPut('AWS_S3_BUCKET', `${name}/`),
          ...(webhook.pairsFolder ? [raw.grantList(`${name}/${webhook.pairsFolder}/`)] : []),
          secrets.grantRead(),
          {
            environment: pick(
              settings.webhookSettings,
              webhook.settings.map(({ name }) => name),
            ),
          },
        ],
      })
      return { source, ingest }
    })
    for (const { name } of settings.retiringSources)
      new FormerFunctionLogs(this, `${name}-ingest`, { deployment, key, bundle: `${name}-ingest` })
    const transforms = [...settings.sources, ...settings.retiringSources].map(source => {
      const { name } = source
      const transform = new LakeFunction(this, `${name}-transform`, {
        deployment,
        key,
        bundle: `${name}-transform`,
        memorySize: settings.transformMemoryMb,
        timeout: 900,
        bindings: [
          raw.grantRead('AWS_S3_RAW', `${name}/`),
          raw.grantReadLakeFile(),
          enriched.grantReadWrite('AWS_S3_ENRICHED', ...tablePrefixes(source).values()),
        ],
      })
      const daily = new DailyTransform(this, `${name}-daily`, { deployment, key, source, transform })
      return { source, transform, daily }
    })
    const api = new WebhookApi(this, 'api', { deployment, key, routes })

    const { database } = new Catalog(this, 'catalog', { deployment, enriched })
    const { workgroup } = new AthenaQueries(this, 'queries', { deployment, key, results, database })
    const analysts = new Analysts(this, 'analysts', { deployment, key, buckets, database, workgroup })

    const alarms = new Alarms(this, 'alarms', { deployment, key })
    alarms.watchApi(api)
    for (const { source, ingest } of routes) alarms.watchIngest(source, ingest, api)
    for (const { source, transform, daily } of transforms) alarms.watchTransform(source, transform, daily)

    if (settings.dashboard)
      new Dashboard(this, 'dashboard', { deployment, api, routes, transforms, buckets, workgroup })
    if (settings.monthlyBudgetUsd > 0) new Budget(this, 'budget', { deployment, topic: alarms.topic })

    this.#output('region', settings.region)
    this.#output('time_zone', settings.timeZone)
    for (const { source, transform } of transforms) this.#output(`${source.name}_transform_function`, transform.name)
    for (const { source } of routes) {
      this.#output(`${source.name}_webhook_url`, api.urlOf(source))
      for (const { name } of source.webhook.settings)
        this.#output(name.toLowerCase(), settings.webhookSettings[name] ?? '')
    }
    this.#output('raw_bucket', raw.bucket)
    this.#output('enriched_bucket', enriched.bucket)
    this.#output('results_bucket', results.bucket)
    this.#output('secrets_id', secrets.id)
    this.#output('database', database)
    this.#output('workgroup', workgroup)
    this.#output('maintenance_role', maintenanceRole.arn)
    this.#output('analysts_policy', analysts.policy)
    this.#output('alarm_topic', alarms.topic)
  }

  /** Configures the provider and the state. @returns what every construct knows of the deployment */
  #deploymentOf(settings: Settings, dist: string): Deployment {
    const { stage, region, providerVersion, tags, allowedAccountIds } = settings
    configureState(this, settings)
    new AwsProvider(this, 'aws', {
      region,
      defaultTags: [{ tags: { project: 'chatlake', stage, ...tags, [STACK_TAG]: `chatlake-${stage}` } }],
      ...(allowedAccountIds.length > 0 ? { allowedAccountIds: [...allowedAccountIds] } : {}),
    })
    // cdktf's bindings pin the version that they are generated from, which verify:infra has not deployed with
    this.addOverride('terraform.required_providers.aws.version', providerVersion)
    this.addOverride('terraform.required_version', '>= 1.11.0') // write-only attributes
    const deployer = new DataAwsCallerIdentity(this, 'deployer')
    return {
      ...settings,
      dist,
      account: deployer.accountId,
      metricsNamespace: `chatlake/${stage}`,
      name: part => `chatlake-${stage}-${part}`,
    }
  }

  #output(name: string, value: string): void {
    new TerraformOutput(this, name, { value })
  }
}

const pick = (values: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(names.map(name => [name, values[name] ?? '']))
