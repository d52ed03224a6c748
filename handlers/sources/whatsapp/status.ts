import type { Row } from '../../lake/columns.ts'
import { isAscii } from '../../lake/utf8-slice.ts'
import { type Json, NOWHERE, type Node } from '../json.ts'
import type { SourceTable } from '../source.ts'
import { statusColumns } from './columns.ts'
import type { MessageContext } from './message.ts'
import { type Ids, identify, idsAt, idText, personOf, usernameAt } from './people.ts'

type StatusRow = Row<typeof statusColumns>

/** The table `whatsapp_statuses`. */
export const statuses: SourceTable<StatusRow> = {
  name: 'whatsapp_statuses',
  columns: statusColumns,
  isShared: false,
  keyColumns: ['message_id', 'status', 'group_id', 'user_id', 'number', 'type'],
  keyNeedsPayload: ({ type }) => isPayment(type),
  writeKey({ message_id, status, group_id, user_id, number, type, payload }, key) {
    key.add(message_id)
    key.add(status)
    if (group_id != null) key.add(user_id ?? number)
    if (isPayment(type)) for (const part of paymentKey(String(payload))) key.add(part)
  },
}

const isPayment = (type: StatusRow['type'] | undefined) => type != null && isAscii(type, 'payment')

/** A payment goes through the same statuses once for each of its transactions. */
function paymentKey(payload: string): (string | null)[] {
  const { payment, timestamp } = JSON.parse(payload)
  const { id, status } = payment?.transaction ?? {}
  return [id, status, timestamp].map(part => (part == null ? null : String(part)))
}

/** The row of a status of a message that the business sent. */
export function statusRow(
  json: Json,
  status: Node,
  { phone_number_id, contacts, ties, received_at }: Omit<MessageContext, 'field'>,
): StatusRow {
  const at = (name: string) => json.at(status, name)
  const { group_id, ids } = recipientOf(json, status)
  const recipient = identify(contacts, ids, ties)
  const conversation = at('conversation')
  // Examples of group messages hold the pricing inside the conversation.
  const pricing = (name: string) => {
    const own = json.at(at('pricing'), name)
    return json.isNothing(own) ? json.at(json.at(conversation, 'pricing'), name) : own
  }
  const [error = NOWHERE] = json.elements(at('errors'))
  return {
    message_id: json.text(at('id')),
    status: json.text(at('status')),
    date: json.epochSeconds(at('timestamp')),
    type: json.text(at('type')),
    person: personOf(recipient),
    number: recipient.number,
    user_id: recipient.user,
    username: usernameAt(json, status) ?? recipient.username,
    group_id,
    phone_number_id,
    pricing_category: json.text(pricing('category')),
    pricing_type: json.text(pricing('type')),
    pricing_model: json.text(pricing('pricing_model')),
    billable: json.boolean(pricing('billable')),
    conversation_id: idText(json, json.at(conversation, 'id')),
    conversation_type: json.text(json.at(conversation, 'origin', 'type')),
    error_code: json.integer(json.at(error, 'code')),
    error_title: json.text(json.at(error, 'title')),
    callback_data: json.text(at('biz_opaque_callback_data')),
    received_at,
    payload: json.slice(status),
  }
}

/** Who a status is about: the recipient, or the participant of a group. Sources spell some members differently. */
export function recipientOf(json: Json, status: Node): { group_id: StatusRow['group_id']; ids: Ids } {
  const first = (...names: string[]) =>
    names.map(name => json.at(status, name)).find(node => idText(json, node) !== null) ?? NOWHERE
  const participant = idsAt(
    json,
    first('recipient_participant_id', 'participant_recipient_id'),
    first('recipient_participant_user_id', 'participant_recipient_user_id'),
    first(
      'recipient_participant_parent_user_id',
      'participant_recipient_parent_user_id',
      'parent_recipient_participant_user_id',
    ),
  )
  const recipient = idsAt(
    json,
    json.at(status, 'recipient_id'),
    json.at(status, 'recipient_user_id'),
    first('recipient_parent_user_id', 'parent_recipient_user_id'),
  )
  const isToGroup =
    json.is(json.at(status, 'recipient_type'), 'group') ||
    participant.number !== null ||
    participant.user !== null ||
    participant.parent !== null
  if (!isToGroup) return { group_id: null, ids: recipient }
  const ids = {
    ...participant,
    user: participant.user ?? idText(json, json.at(status, 'recipient_user_id')),
    parent: participant.parent ?? recipient.parent,
  }
  return { group_id: idText(json, json.at(status, 'recipient_id')), ids }
}
