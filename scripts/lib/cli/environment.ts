import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'

/** The environment variables. A file `.env` in the working directory adds those that are not set. */
export const environment = (): NodeJS.ProcessEnv => ({
  ...(existsSync('.env') ? parse(readFileSync('.env')) : {}),
  ...process.env,
})
