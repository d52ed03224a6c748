import { ingestLambda } from './ingest/lambda.ts'
import { telegram } from './sources/telegram/index.ts'

export const handler = ingestLambda(telegram)
