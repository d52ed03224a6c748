import { whatsapp } from './sources/whatsapp/index.ts'
import { transformLambda } from './transform/lambda.ts'

export const handler = transformLambda(whatsapp)
