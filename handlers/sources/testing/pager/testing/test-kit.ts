import { isObject } from '../../is-object.ts'
import type { TestKit } from '../../test-kit.ts'
import { pager } from '../index.ts'
import { traffic } from './traffic.ts'

export const testKit: TestKit = {
  source: pager,
  messagesIn(parsed) {
    if (!isObject(parsed)) return ['quarantined']
    const pages = parsed.pages ?? []
    if (!Array.isArray(pages)) return ['quarantined']
    return pages.map(page => {
      const id = isObject(page) ? page.id : undefined
      return typeof id === 'string' && id !== '' ? { id: id.toWellFormed() } : 'quarantined'
    })
  },
  expectedAnswer(parsed) {
    if (!isObject(parsed)) return { status: 200, isStored: true }
    if (parsed.type === 'handshake')
      return { status: typeof parsed.challenge === 'string' ? 200 : 400, isStored: false }
    return { status: 200, isStored: parsed.team === 'T1001' || parsed.team === 'T1002' }
  },
  personalColumns: ['person', 'name', 'text'],
  systemAccounts: [],
  trafficShare: 1,
  traffic,
}
