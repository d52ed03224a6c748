import { Configuration, NotConfigured } from '../../../handlers/webhook/configuration.ts'
import type { Deployed } from './outputs.ts'
import { regionOf } from './region.ts'

/**
 * Finds the webhooks' secrets as the deployed functions do: in the environment, else in Secrets Manager (SECRETS_ID, else
 * the deployed secret). Where two values are valid at once it gives the first, so write a new value first.
 * @returns a function from the secret's name to its value, which throws where the secret is not set
 */
export function secretFinder(env: NodeJS.ProcessEnv, stage: Deployed): (name: string) => Promise<string> {
  let stored: Promise<Configuration> | undefined
  const configured = async () => {
    const id = env.SECRETS_ID || (await stage.find('secrets_id'))
    if (!id) return new Configuration(env)
    const [{ SecretsManagerClient }, { secretsManager }] = await Promise.all([
      import('@aws-sdk/client-secrets-manager'),
      import('../../../handlers/ingest/secrets-manager.ts'),
    ])
    return new Configuration(env, secretsManager(id, new SecretsManagerClient(await regionOf(stage, env))))
  }
  return async name => {
    try {
      if (!env[name]?.trim()) stored ??= configured()
      const [secret] = await ((await stored) ?? new Configuration(env)).secrets(name)
      if (secret) return secret
    } catch (error) {
      if (!(error instanceof NotConfigured)) throw error
    }
    throw new Error(
      `${name} is not set: write it in the environment or in .env, or name the deployed secret in SECRETS_ID`,
    )
  }
}
