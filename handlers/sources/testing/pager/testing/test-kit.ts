import { isObject } from '../../is-object.ts'
import { eventSameness, joined } from '../../sameness.ts'
import type { TestKit } from '../../test-kit.ts'
import { pager } from '../index.ts'
import { expectedOf } from './reference.ts'
import { traffic } from './traffic.ts'

export const testKit: TestKit = {
  source: pager,
  expected: expectedOf,
  sameness: (table, row) => (table === 'events' ? eventSameness(row) : joined(row, 'page_id')),
  expectedAnswers: () => parsed => {
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
