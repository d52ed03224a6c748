import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearest } from './nearest.ts'

describe('nearest', () => {
  const names = ['whatsapp', 'whatsapp-hora-dia-semana', 'telegram-hora-dia-semana']

  for (const [name, meant] of [
    ['whatsap', 'whatsapp'],
    ['whastapp', 'whatsapp'],
    ['WhatsApp', 'whatsapp'],
    ['whatsapp-hora-semana', 'whatsapp-hora-dia-semana'],
    ['hora', 'whatsapp-hora-dia-semana'],
    ['telegram', 'telegram-hora-dia-semana'],
    ['telegrama', 'telegram-hora-dia-semana'],
    ['telegram-semana', 'telegram-hora-dia-semana'],
    ['sema', 'whatsapp-hora-dia-semana'],
    ['xyz', undefined],
    ['', undefined],
    ['a', undefined],
  ] as const) {
    it(`proposes ${meant} for ${JSON.stringify(name)}`, () => assert.equal(nearest(name, names), meant))
  }

  it('proposes nothing where there are no candidates', () => assert.equal(nearest('a', []), undefined))
})

describe('nearest, among variables with the same prefix', () => {
  const variables = [
    ...['STAGE', 'REGION', 'TIME_ZONE', 'TELEGRAM_CHAT_IDS', 'SECRETS_VERSION', 'LOG_RETENTION_DAYS', 'RETENTION_DAYS'],
    ...['RUNTIME', 'INGEST_MEMORY_MB', 'TRANSFORM_MEMORY_MB', 'ATHENA_SCAN_LIMIT_GB', 'STATE_BUCKET', 'STATE_REGION'],
  ].map(name => `CHATLAKE_${name}`)

  for (const [name, meant] of [
    ['RETENTION', 'RETENTION_DAYS'],
    ['RETENSION', 'RETENTION_DAYS'],
    ['RETENTION_DAY', 'RETENTION_DAYS'],
    ['LOG_RETENTION', 'LOG_RETENTION_DAYS'],
    ['LOG_DAYS', 'LOG_RETENTION_DAYS'],
    ['LOGS_RETENTION', 'LOG_RETENTION_DAYS'],
    ['CHAT_ID', 'TELEGRAM_CHAT_IDS'],
    ['TELEGRAM_CHAT_ID', 'TELEGRAM_CHAT_IDS'],
    ['SCAN_LIMIT', 'ATHENA_SCAN_LIMIT_GB'],
    ['TRANSFORM_MEMORY', 'TRANSFORM_MEMORY_MB'],
    ['TIMEZONE', 'TIME_ZONE'],
    ['ZONE', 'TIME_ZONE'],
    ['STATE', 'STATE_BUCKET'],
    ['STAG', 'STAGE'],
    ['REGOIN', 'REGION'],
    ['REGIONS', 'REGION'],
    ['COLOUR', undefined],
    ['LAKE', undefined],
  ] as const) {
    it(`proposes ${meant && `CHATLAKE_${meant}`} for CHATLAKE_${name}`, () =>
      assert.equal(nearest(`CHATLAKE_${name}`, variables), meant && `CHATLAKE_${meant}`))
  }

  it('finds a name whose prefix is mistyped', () => assert.equal(nearest('CHATLAK_STAGE', variables), 'CHATLAKE_STAGE'))
  it('compares the words of names in camel case', () =>
    assert.equal(nearest('retention', ['region', 'retentionDays', 'logRetentionDays']), 'retentionDays'))
})
