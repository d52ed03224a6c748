import type { Row } from '../../lake/columns.ts'
import { isAscii, type Utf8Slice } from '../../lake/utf8-slice.ts'
import { type Json, NOWHERE, type Node, parseJson } from '../json.ts'
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
  keyNeedsPayload: row => isPayment(row.type) || isOfUnknownParticipant(row),
  writeKey(row, key) {
    key.add(row.message_id)
    key.add(row.status)
    if (isOfUnknownParticipant(row)) key.add(participantIn(row.payload))
    else if (row.group_id != null) key.add(row.user_id ?? row.number)
    if (isPayment(row.type)) for (const part of paymentKey(row.payload)) key.add(part)
  },
}

const isPayment = (type: StatusRow['type'] | undefined) => type != null && isAscii(type, 'payment')

/** Whether no column tells which participant of a group the status is about. */
const isOfUnknownParticipant = ({ group_id, user_id, number }: Partial<StatusRow>) =>
  group_id != null && user_id == null && number == null

type Payload = StatusRow['payload'] | undefined

/** A payment goes through the same statuses once for each of its transactions. */
function paymentKey(payload: Payload): (Utf8Slice | string | null)[] {
  const status = parsePayload(payload)
  if (!status) return []
  const { json, root } = status
  const transaction = json.at(root, 'payment', 'transaction')
  return [json.at(transaction, 'id'), json.at(transaction, 'status'), json.at(root, 'timestamp')].map(part =>
    json.isNothing(part) ? null : (json.text(part) ?? json.slice(part)),
  )
}

/** Another id of a participant: a text that is no number, or the parent's user id. */
function participantIn(payload: Payload): Utf8Slice | string | null {
  const status = parsePayload(payload)
  if (!status) return null
  const { parent, phone } = recipientOf(status.json, status.root).ids
  return phone === null ? parent : String(phone)
}

const parsePayload = (payload: Payload) =>
  payload == null
    ? null
    : parseJson(typeof payload === 'string' ? Buffer.from(payload) : payload.bytes.subarray(payload.start, payload.end))

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
