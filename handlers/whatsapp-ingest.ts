import { ingestLambda } from './ingest/lambda.ts'
import { whatsapp } from './sources/whatsapp/index.ts'

export const handler = ingestLambda(whatsapp)
