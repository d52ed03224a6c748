import { type Browser, chromium } from 'playwright-core'
import { findProgram } from '../../../handlers/lake/testing/find-program.ts'

/** The path of Chromium: the environment variable CHROMIUM, or the first one found in PATH; undefined when missing. */
export const findChromium = (): string | undefined =>
  process.env.CHROMIUM || findProgram(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])

/** Launches headless Chromium with a temporary profile and without background network traffic. */
export const launchChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', // containers lack the sandbox's privileges; only our own file is opened
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
