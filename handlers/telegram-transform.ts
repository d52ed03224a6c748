import { telegram } from './sources/telegram/index.ts'
import { transformLambda } from './transform/lambda.ts'

export const handler = transformLambda(telegram)
