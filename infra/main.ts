import { App } from 'cdktf'
import { ChatlakeStack } from './chatlake-stack.ts'
import { readSettings, SettingsError } from './read-settings.ts'

/*
 * The program that `cdktf` runs. It synthesizes the stack of one stage with the settings of cdktf.json and the
 * environment.
 */

try {
  const app = new App()
  new ChatlakeStack(app, readSettings(app.node.getAllContext(), process.env))
  app.synth()
} catch (error) {
  if (!(error instanceof SettingsError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
