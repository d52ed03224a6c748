import type { Language, SourceTranslations } from '../../translations.ts'

export const translations: Readonly<Record<Language, SourceTranslations>> = {
  pt: {
    name: 'Pager',
    values: { siren: 'sirene' },
    titles: { 'per-team': 'Páginas por equipe' },
    columns: { team: 'equipe' },
  },
  en: {
    name: 'Pager',
    values: {},
    titles: { 'per-team': 'Pages by team' },
  },
}
