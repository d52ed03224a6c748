/** Every metric the functions emit, by the names that the alarms use. All are counts. */
export const METRICS = {
  /** A delivery stored for the first time. */
  Stored: 'Stored',
  /** A delivery whose body was stored already. */
  Repeated: 'Repeated',
  /** An authentic Telegram update of a chat that is not ours. */
  Foreign: 'Foreign',
  /** A request that could not prove who sent it. */
  Unauthorized: 'Unauthorized',
  /** A request that makes no sense: a bad verification, a Telegram body that is no object. */
  BadRequest: 'BadRequest',
  /** A delivery refused because secrets or chats are not configured. */
  Misconfigured: 'Misconfigured',
  /** A delivery refused because the secret store could not be read; the platform sends it again. */
  SecretsFailed: 'SecretsFailed',
  /** A delivery that could not be stored in time; the platform sends it again. */
  StoreFailed: 'StoreFailed',
  /** A group became a supergroup: its chat has a new id, which TELEGRAM_CHAT_ID must name. */
  ChatMigrated: 'ChatMigrated',
  /** The nightly run's day was transformed. Its absence means that it was not. */
  DayTransformed: 'DayTransformed',
  Objects: 'Objects',
  Messages: 'Messages',
  Rows: 'Rows',
  Duplicates: 'Duplicates',
  Ignored: 'Ignored',
  Quarantined: 'Quarantined',
} as const

export type MetricName = keyof typeof METRICS

export const METRICS_DIMENSION = 'source'

/** The metrics' namespace; METRICS_NAMESPACE tells the stages of one account apart. */
export const metricsNamespace = (env: NodeJS.ProcessEnv) => env.METRICS_NAMESPACE || 'chatlake'
