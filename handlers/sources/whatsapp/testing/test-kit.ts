import { eventSameness, joined } from '../../testing/sameness.ts'
import type { TestKit } from '../../testing/test-kit.ts'
import { whatsapp } from '../index.ts'
import { expectedOf } from './reference.ts'
import { traffic } from './traffic.ts'

/** What tells participants of a group apart who have neither a user id nor a number. */
const otherIdOf = (status: Readonly<Record<string, unknown>>) =>
  [
    'recipient_participant_id',
    'participant_recipient_id',
    'recipient_participant_parent_user_id',
    'participant_recipient_parent_user_id',
    'parent_recipient_participant_user_id',
    'recipient_parent_user_id',
    'parent_recipient_user_id',
  ]
    .map(name => status[name])
    .find(id => typeof id === 'string' && id !== '')

/** A missing member and null are the same. */
const textOf = (value: unknown) => (value == null ? '\0' : typeof value === 'string' ? value : JSON.stringify(value))

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
    const delivered = JSON.parse(String(row.payload))
    const participant = row.group_id === null ? '' : String(row.user_id ?? row.number ?? otherIdOf(delivered))
    const { timestamp, payment } = row.type === 'payment' ? delivered : {}
    const { id, status } = payment?.transaction ?? {}
    return [joined(row, 'message_id', 'status'), participant, ...[id, status, timestamp].map(textOf)].join('|')
  },
  expectedAnswers: () => () => ({ status: 200, isStored: true }),
  personalColumns: ['name', 'number', 'message', 'user_id', 'username', 'person', 'response', 'text'],
  systemAccounts: [],
  trafficShare: 3,
  traffic,
}
