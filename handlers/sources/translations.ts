/** The languages of reports. */
export type Language = 'pt' | 'en'

/** A platform's texts for the report, in one language. */
export interface SourceTranslations {
  /** The platform's own name. */
  readonly name: string
  /**
   * Values that the platform defines, in columns such as `type` and `chat_type`. A value that is missing here is shown
   * unchanged, but with spaces for underscores. Platforms that share a value must translate it the same. A value that
   * means something else in one column has that column before it: `pricing_category.service`.
   */
  readonly values: Readonly<Record<string, string>>
  /** Names of columns that only this platform's saved queries have. */
  readonly columns?: Readonly<Record<string, string>>
  /** Titles of saved queries that only this platform has, by the query's name without the platform. */
  readonly titles?: Readonly<Record<string, string>>
}

/** Lists the names of platforms in English, such as `WhatsApp and Telegram`. */
export const namesOf = (
  sources: readonly { readonly translations: Readonly<Record<Language, SourceTranslations>> }[],
): string => new Intl.ListFormat('en').format(sources.map(({ translations }) => translations.en.name))
