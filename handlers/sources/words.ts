/** The languages in which reports are written. */
export type Language = 'pt' | 'en'

/** What a platform's things are called in one language of the report. */
export interface Words {
  /** The platform's own name. */
  readonly name: string
  /**
   * Values that the platform defines, in columns such as `type` and `chat_type`. A value that is missing here is shown
   * as it is, with spaces for underscores. Platforms that share a value must call it the same.
   */
  readonly values: Readonly<Record<string, string>>
  /** Columns that only this platform's saved queries have. */
  readonly columns?: Readonly<Record<string, string>>
  /** Titles of saved queries that only this platform has, by the query's name without the platform's. */
  readonly titles?: Readonly<Record<string, string>>
}

/** The names of platforms in an English sentence, for example `WhatsApp and Telegram`. */
export const namesOf = (sources: readonly { readonly words: Readonly<Record<Language, Words>> }[]): string =>
  new Intl.ListFormat('en').format(sources.map(({ words }) => words.en.name))
