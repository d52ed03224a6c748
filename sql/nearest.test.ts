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
    ['xyz', undefined],
    ['', undefined],
    ['a', undefined],
  ] as const) {
    it(`of ${JSON.stringify(name)} is ${meant}`, () => assert.equal(nearest(name, names), meant))
  }

  it('is nothing where there is nothing', () => assert.equal(nearest('a', []), undefined))
})
