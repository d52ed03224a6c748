import type { Source } from './source.ts'
import { telegram } from './telegram/index.ts'
import { whatsapp } from './whatsapp/index.ts'

/** Every platform the lake takes messages from. A new one is a folder beside this file and a line here. */
export const sources: readonly Source[] = [whatsapp, telegram]
