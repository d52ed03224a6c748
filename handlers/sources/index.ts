import type { Source } from './source.ts'
import { telegram } from './telegram/index.ts'
import { whatsapp } from './whatsapp/index.ts'

/** Every platform that the lake takes messages from. A new platform is a folder beside this file and an item here. */
export const sources = [whatsapp, telegram] as const satisfies readonly Source[]

/** The name of a registered platform. `Record<SourceName, …>` makes the compiler list what a new platform lacks. */
export type SourceName = (typeof sources)[number]['name']
