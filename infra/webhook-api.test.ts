import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sources } from '../handlers/sources/index.ts'
import { attributes, readable, synth } from './testing/synth.ts'

const stack = readable(synth())
const one = (type: string) => Object.values(stack.resource[type] ?? {})[0] ?? {}

test('the API has the routes of the sources, binary bodies, and 404 for other paths', () => {
  const calls = (name: string) => ({
    responses: {},
    'x-amazon-apigateway-integration': {
      type: 'AWS_PROXY',
      httpMethod: 'POST',
      uri: `arn:aws:apigateway:sa-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:sa-east-1:ACCOUNT:function:chatlake-prod-${name}/invocations`,
    },
  })
  const { info, ...api } = JSON.parse(String(one('aws_api_gateway_rest_api').body))
  assert.deepEqual(api, {
    openapi: '3.0.1',
    'x-amazon-apigateway-binary-media-types': ['*/*'],
    'x-amazon-apigateway-gateway-responses': {
      MISSING_AUTHENTICATION_TOKEN: {
        statusCode: 404,
        responseTemplates: { 'application/json': '{"message":"not found"}' },
      },
    },
    paths: Object.fromEntries(
      sources.map(({ name, webhook }) => {
        const call = calls(`${name}-ingest`)
        return [`/${name}`, webhook.verify ? { get: call, post: call } : { post: call }]
      }),
    ),
  })
  assert.deepEqual(
    [api.paths['/whatsapp'], api.paths['/telegram']].map(methods => Object.keys(methods ?? {})),
    [['get', 'post'], ['post']],
  )
})

test('a change of the API document makes a new deployment', () => {
  assert.deepEqual(one('aws_api_gateway_deployment').triggers, { api: `\${sha1(aws_api_gateway_rest_api.api.body)}` })
  assert.deepEqual(one('aws_api_gateway_deployment').lifecycle, { create_before_destroy: true })
})

test("the API may invoke each function only from its source's path", () => {
  const permission = (name: string) => ({
    function_name: `${name}-ingest_function.function_name`,
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    source_arn: `api.execution_arn/prod/*/${name}`,
  })
  assert.deepEqual(
    attributes(stack, 'aws_lambda_permission', 'function_name', 'action', 'principal', 'source_arn'),
    Object.fromEntries(sources.map(({ name }) => [`api_${name}-permission`, permission(name)])),
  )
})

test('every method has metrics, a limit of its own, and logs errors without bodies', () => {
  const limits = (env: NodeJS.ProcessEnv) =>
    Object.fromEntries(
      Object.values(readable(synth(env)).resource.aws_api_gateway_method_settings ?? {}).map(
        ({ method_path, settings, stage_name }) => {
          const { throttling_rate_limit, throttling_burst_limit, ...rest } = settings as Record<string, unknown>
          assert.deepEqual(rest, { metrics_enabled: true, logging_level: 'ERROR', data_trace_enabled: false })
          assert.equal(stage_name, 'api_stage.stage_name')
          return [method_path, [throttling_rate_limit, throttling_burst_limit]]
        },
      ),
    )
  const rare = [10, 20]
  const expected = (rate: number, burst: number) => ({
    '*/*': rare,
    ...Object.fromEntries(
      sources.flatMap(({ name, webhook }) => [
        [`${name}/POST`, [rate, burst]],
        ...(webhook.verify ? [[`${name}/GET`, rare]] : []),
      ]),
    ),
  })
  assert.deepEqual(limits({}), expected(500, 1000))
  assert.deepEqual(limits({ CHATLAKE_THROTTLE_RATE: '80', CHATLAKE_THROTTLE_BURST: '160' }), expected(80, 160))
})

test('requests are traced and logged without body and query', () => {
  const { access_log_settings, xray_tracing_enabled, depends_on } = one('aws_api_gateway_stage')
  const { destination_arn, format } = access_log_settings as { destination_arn: string; format: string }
  assert.equal(destination_arn, 'api_access-logs.arn')
  assert.doesNotMatch(format, /body|query|authorizer|header/i)
  assert.equal(xray_tracing_enabled, true)
  // the log group must exist first, or API Gateway creates it itself
  assert.deepEqual(depends_on, ['aws_cloudwatch_log_group.api_execution-logs', 'aws_api_gateway_account.api_account'])
  const { name, kms_key_id } = stack.resource.aws_cloudwatch_log_group?.['api_execution-logs'] ?? {}
  assert.deepEqual([name, kms_key_id], ['API-Gateway-Execution-Logs_api.id/prod', 'key.arn'])
})

test('with apiGatewayAccount=false the stage does not set the log role', () => {
  const { stack } = synth({ CHATLAKE_API_GATEWAY_ACCOUNT: 'false' })
  assert.equal(stack.resource.aws_api_gateway_account, undefined)
})
