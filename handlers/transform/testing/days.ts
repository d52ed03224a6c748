import { quarantineKey, tableKey } from '../../lake/layout.ts'
import type { DayStats } from '../transform-day.ts'
import { rowsOf, type TestLake } from './transforms.ts'

/** The day of the tests, and the seconds after its noon. */
export const DAY = '2026-11-24'
export const at = (seconds: number) => Date.parse(`${DAY}T15:00:00Z`) + seconds * 1000

export const TABLE = tableKey('whatsapp', DAY)
export const QUARANTINE = quarantineKey('whatsapp', DAY)

export const json = (value: unknown) => Buffer.from(JSON.stringify(value))

/** A WhatsApp delivery of messages. */
export const delivery = (...messages: unknown[]) =>
  json({ entry: [{ changes: [{ field: 'messages', value: { messages } }] }] })
export const said = (id: string, body = id) => ({ id, type: 'text', text: { body } })

/** A Telegram update. */
export const update = (message_id: number, text = '') =>
  json({ update_id: message_id, message: { message_id, chat: { id: -1 }, text } })

/** The ids in the table `whatsapp`, in order. */
export const idsIn = async ({ enriched }: TestLake) => (await rowsOf(enriched, TABLE)).map(row => row.message_id)

export const countsOf = ({ source, date, tables, ...counts }: DayStats) => counts
