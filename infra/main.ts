import { App } from 'cdktf'
import { ChatlakeStack } from './chatlake-stack.ts'
import { readSettings } from './read-settings.ts'

/*
 * The program that `cdktf` runs after check-settings.ts and the build. It synthesizes the stack of one stage with the
 * settings of cdktf.json and the environment.
 */

const app = new App()
new ChatlakeStack(app, readSettings(app.node.getAllContext(), process.env))
app.synth()
