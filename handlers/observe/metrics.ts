/** Every metric that the functions emit, under the name that the alarms use. All are counts. */
export const METRICS = {
  /** A delivery was stored for the first time. */
  Stored: 'Stored',
  /** A delivery's body was already stored. */
  Repeated: 'Repeated',
  /** An authentic Telegram update of a chat that is not ours. */
  Foreign: 'Foreign',
  /** A delivery of `npm run webhook` that proves the secret. It is not stored. */
  Checked: 'Checked',
  /** A request without a valid signature or secret. */
  Unauthorized: 'Unauthorized',
  /** An invalid request: a bad verification, or a Telegram body that is not a JSON object. */
  BadRequest: 'BadRequest',
  /** A delivery was refused because secrets or chats are not configured. */
  Misconfigured: 'Misconfigured',
  /** A delivery was refused because the secret store could not be read; the platform sends it again. */
  SecretsFailed: 'SecretsFailed',
  /** A delivery could not be stored in time; the platform sends it again. */
  StoreFailed: 'StoreFailed',
  /** A group became a supergroup: its chat has a new id. */
  ChatMigrated: 'ChatMigrated',
  /** An update of a group whose id TELEGRAM_CHAT_ID has without -100 or without the minus sign. It is not kept. */
  ChatIdMistyped: 'ChatIdMistyped',
  /** The day of the nightly run was transformed. An alarm reports its absence. */
  DayTransformed: 'DayTransformed',
  Objects: 'Objects',
  /** Elements of the bodies read: messages, statuses, events, and what could not become one. */
  Items: 'Items',
  Rows: 'Rows',
  Duplicates: 'Duplicates',
  Quarantined: 'Quarantined',
  /** Rows of one table of the day; has the dimension `table` as well. */
  TableRows: 'TableRows',
} as const

export type MetricName = keyof typeof METRICS

export const METRICS_DIMENSION = 'source'

/** The namespace of the metrics: METRICS_NAMESPACE, which separates the stages of an account, or `chatlake`. */
export const metricsNamespace = (env: NodeJS.ProcessEnv) => env.METRICS_NAMESPACE || 'chatlake'
