import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'

/** The environment, and beneath it what a file `.env` in the working directory says. */
export const environment = (): NodeJS.ProcessEnv => ({
  ...(existsSync('.env') ? parse(readFileSync('.env')) : {}),
  ...process.env,
})
