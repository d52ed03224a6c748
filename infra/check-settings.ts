import { readFileSync } from 'node:fs'
import { readSettings, SettingsError } from './read-settings.ts'

/*
 * Checks the settings of cdktf.json and the environment. `cdktf` runs it before the build, so that a wrong setting is
 * refused in a second. cdktf prints what it writes, and again in its own error.
 */

const { context } = JSON.parse(readFileSync('cdktf.json', 'utf8'))
try {
  readSettings(context, process.env)
} catch (error) {
  if (!(error instanceof SettingsError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
