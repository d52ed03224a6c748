import { eventSameness, joined } from '../../testing/sameness.ts'
import type { TestKit } from '../../testing/test-kit.ts'
import { whatsapp } from '../index.ts'
import { expectedOf } from './reference.ts'
import { traffic } from './traffic.ts'

export const testKit: TestKit = {
  source: whatsapp,
  expected: expectedOf,
  sameness(table, row) {
    if (table === 'events') return eventSameness(row)
    if (table === 'whatsapp') {
      const isPlaceholder =
        row.type === 'media_placeholder' || (row.type === 'unsupported' && Number(row.error_code) === 131060)
      return `${joined(row, 'message_id')}|${isPlaceholder}`
    }
    const participant = row.group_id === null ? '' : String(row.user_id ?? row.number)
    const { timestamp, payment } = row.type === 'payment' ? JSON.parse(String(row.payload)) : {}
    const { id, status } = payment?.transaction ?? {}
    return [joined(row, 'message_id', 'status'), participant, id, status, timestamp].join('|')
  },
  expectedAnswers: () => () => ({ status: 200, isStored: true }),
  personalColumns: ['name', 'number', 'message', 'user_id', 'username', 'person', 'response', 'text'],
  systemAccounts: [],
  trafficShare: 3,
  traffic,
}
