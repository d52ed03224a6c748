import type { SourceName } from '../index.ts'
import { testKit as telegram } from '../telegram/testing/test-kit.ts'
import { testKit as whatsapp } from '../whatsapp/testing/test-kit.ts'
import type { TestKit } from './test-kit.ts'

/** The test kit of every registered platform. */
const BY_NAME: Readonly<Record<SourceName, TestKit>> = { whatsapp, telegram }

export const testKits: readonly TestKit[] = Object.values(BY_NAME)
