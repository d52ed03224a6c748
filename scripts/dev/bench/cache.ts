import { homedir } from 'node:os'
import { join } from 'node:path'

/** The user's cache directory, for what takes long to make. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chatlake')
