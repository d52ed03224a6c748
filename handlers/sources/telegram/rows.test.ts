import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowsIn } from '../testing/fixtures.ts'
import { parse } from './rows.ts'

const ARRIVAL = Date.parse('2026-11-24T03:15:00.999Z')

const parsed = (update: unknown) => parse(Buffer.from(JSON.stringify(update)), ARRIVAL)
const message = { message_id: 7, date: 1794405660, chat: { id: -1001987654321, type: 'supergroup' } }
const rowOf = (more: object) => rowsIn(parsed({ update_id: 1, message: { ...message, ...more } }), 'telegram')[0]

test('received_at is the arrival in whole seconds', () => {
  assert.equal(rowOf({})?.received_at, 1795490100)
})

test('text is the text, else the caption, else null; an empty one stays empty', () => {
  assert.equal(rowOf({ text: 'words', caption: 'caption' })?.text, 'words')
  assert.equal(rowOf({ caption: 'caption' })?.text, 'caption')
  assert.equal(rowOf({ text: '', caption: 'caption' })?.text, '')
  assert.equal(rowOf({ caption: '' })?.text, '')
  assert.equal(rowOf({ new_chat_title: 'title' })?.text, null)
})

test('without a sender the user columns are null, not false or empty', () => {
  const row = rowOf({ sender_chat: { id: -100, title: 'channel' } })
  assert.deepEqual([row?.user_id, row?.user_is_bot, row?.user_first_name], [null, null, null])
})

test('media_type is the kind, whatever the order of the members; an animation also carries a document', () => {
  const file = { file_id: 'x' }
  const kinds = ['animation', 'audio', 'document', 'photo', 'sticker', 'video', 'video_note', 'voice']
  for (const kind of kinds) assert.equal(rowOf({ [kind]: kind === 'photo' ? [file] : file })?.media_type, kind)
  assert.equal(rowOf({ document: file, animation: file })?.media_type, 'animation')
  assert.equal(rowOf({ text: 'photo', photo: null })?.media_type, null)
})

test('each member of an update but its id is a message, an event or one quarantined element', () => {
  const counts = (update: unknown) => {
    const result = parsed(update)
    return [rowsIn(result, 'telegram').length, result.rejects.length, rowsIn(result, 'events').length]
  }
  assert.deepEqual(counts({ update_id: 1, message }), [1, 0, 0])
  assert.deepEqual(counts({ update_id: 1, channel_post: message }), [1, 0, 0])
  assert.deepEqual(counts({ message }), [0, 1, 0])
  assert.deepEqual(counts({ update_id: 1, message: { ...message, chat: {} } }), [0, 1, 0])
  assert.deepEqual(counts({ update_id: 1, edited_message: message }), [0, 0, 1])
  assert.deepEqual(counts({ update_id: 1, message: null, message_reaction: {} }), [0, 0, 1])
  assert.deepEqual(counts({ update_id: 1, message, edited_message: message, poll: 5 }), [1, 1, 1])
  assert.deepEqual(counts({}), [0, 0, 1])
})

test('a message 100,000 levels deep is a row, and in quarantine comes back as it was sent', () => {
  const deep = `{"chat":{"id":1},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  const row = rowsIn(parse(Buffer.from(`{"update_id":1,"message":${deep}}`), ARRIVAL), 'telegram')[0]
  assert.deepEqual([row?.chat_id, row?.payload], [1, deep])
  assert.equal(String(parse(Buffer.from(`{"message":${deep}}`), ARRIVAL).rejects[0]?.payload), deep)
})

test('the quarantine says what is wrong with an id: it is not there, or is no number', () => {
  const details = [
    [{ message }, 'the update has no update_id'],
    [{ update_id: null, message }, 'the update has no update_id'],
    [{ update_id: '1', message }, "the update's update_id is a string, not a number"],
    [{ update_id: {}, message }, "the update's update_id is an object, not a number"],
    [{ update_id: 1, message: { chat: 5 } }, 'the message has no chat.id'],
    [{ update_id: 1, message: { chat: { id: [1] } } }, "the message's chat.id is an array, not a number"],
  ] as const
  for (const [update, detail] of details) assert.equal(parsed(update).rejects[0]?.detail, detail)
})
