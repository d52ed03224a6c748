import { isObject } from '../../testing/is-object.ts'
import type { ExpectedMessage, TestKit } from '../../testing/test-kit.ts'
import { whatsapp } from '../index.ts'
import { traffic } from './traffic.ts'

export const testKit: TestKit = {
  source: whatsapp,
  messagesIn(parsed) {
    if (!isObject(parsed)) return ['quarantined']
    if ((parsed.object ?? 'whatsapp_business_account') !== 'whatsapp_business_account') return []
    const changes = listAt(parsed, 'entry').flatMap(entry => listAt(entry, 'changes'))
    return changes.flatMap((change): readonly ExpectedMessage[] => {
      if (!isObject(change) || (change.field ?? 'messages') !== 'messages' || !isObject(change.value)) return []
      const messages = change.value.messages ?? []
      if (!Array.isArray(messages)) return ['quarantined']
      return messages.map(message => {
        const id = isObject(message) ? message.id : undefined
        return typeof id === 'string' && id !== '' ? { id: id.toWellFormed() } : 'quarantined'
      })
    })
  },
  expectedAnswer: () => ({ status: 200, isStored: true }),
  personalColumns: ['name', 'number', 'message', 'user_id'],
  systemAccounts: [],
  trafficShare: 3,
  traffic,
}

const listAt = (parent: unknown, key: string): readonly unknown[] => {
  const value = isObject(parent) ? Reflect.get(parent, key) : undefined
  return Array.isArray(value) ? value : []
}
