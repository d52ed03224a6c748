import { sources } from '../../../handlers/sources/index.ts'

/** Part of every secret's value. Nothing that an operator can see may contain it. */
export const SECRET_MARK = 'hush-'

/** The secrets of every source's webhook: two valid values each, the old one and the new one of a rotation. */
export const SECRETS: Readonly<Record<string, readonly [old: string, current: string]>> = Object.fromEntries(
  sources
    .flatMap(({ webhook }) => webhook.secrets)
    .map((name, i) => [name, [`${SECRET_MARK}old-${i}`, `${SECRET_MARK}new-${i}`] as const]),
)

export const oldSecret = (name: string): string => SECRETS[name]?.[0] ?? ''

export const currentSecret = (name: string): string => SECRETS[name]?.[1] ?? ''
