import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SecretStore } from '../webhook/configuration.ts'

/**
 * Reads all secrets from one secret in AWS Secrets Manager. It holds a JSON object; each value is a string or, during a
 * rotation, a list of the valid strings.
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

/** @throws SyntaxError where the text is not a JSON object; the message does not quote the text */
export function parseSecrets(json: string): Record<string, readonly string[]> {
  let values: unknown
  try {
    values = JSON.parse(json)
  } catch {
    // the message of this error would quote the secret
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
