import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SecretStore } from '../webhook/configuration.ts'

/**
 * Secrets from one AWS Secrets Manager secret: a JSON object whose values are a string or, during a rotation, a list
 * of the valid ones.
 * @param id the secret's ARN or name
 */
export function secretsManager(id: string, client = new SecretsManagerClient()): SecretStore {
  return {
    async read(abortSignal) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }), { abortSignal })
      return parseSecrets(SecretString ?? '')
    },
  }
}

/** @throws SyntaxError, without quoting the text, where it is not a JSON object */
export function parseSecrets(json: string): Record<string, readonly string[]> {
  let values: unknown
  try {
    values = JSON.parse(json)
  } catch {
    // its own message would quote the secret
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new SyntaxError('the secret is not a JSON object')
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      [value].flat().filter(item => typeof item === 'string' && item !== ''),
    ]),
  )
}
