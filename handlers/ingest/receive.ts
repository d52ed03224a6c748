import { rawKey } from '../lake/layout.ts'
import type { Deadline, ObjectStore } from '../lake/object-store.ts'
import { errorKind, type Log } from '../observe/log.ts'
import type { Source } from '../sources/source.ts'
import { type Configuration, NotConfigured, SecretsUnavailable } from '../webhook/configuration.ts'
import {
  ANSWER_WITHIN_MS,
  type Answer,
  type DeliveryOutcome,
  OUTCOME_HEADER,
  type Request,
  text,
} from '../webhook/http.ts'
import { CHECK_BODY, type Webhook } from '../webhook/webhook.ts'
import type { LakePairs } from './lake-pairs.ts'

export interface Ingest {
  readonly configuration: Configuration
  /** Opens the raw store. Called only when there is something to store or to look up. @throws NotConfigured */
  readonly raw: () => ObjectStore
  /** The lake's date of an instant in epoch milliseconds. */
  readonly day: (epochMs: number) => string
  /** The time for an answer, in milliseconds; the webhook's own unless given. */
  readonly answerWithinMs?: number
}

/**
 * Answers one request of a platform. Checks who sent it, decides what to do with it, stores the body unchanged, and
 * only then answers 2xx. Never throws: if an authentic delivery cannot be stored, it answers 500, and the platform
 * delivers it again.
 */
export async function receive(
  source: Source,
  request: Request,
  ingest: Ingest,
  pairs: LakePairs,
  log: Log,
): Promise<Answer> {
  const deadline = new AbortController()
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<Answer>((resolve, reject) => {
      timer = setTimeout(
        () => {
          deadline.abort()
          reject(deadline.signal.reason)
        },
        ingest.answerWithinMs ?? source.webhook.answerWithinMs ?? ANSWER_WITHIN_MS,
      )
      answer(source, request, ingest, pairs, log, deadline).then(resolve, reject)
    })
  } catch (error) {
    if (error instanceof NotConfigured) {
      log('error', 'not_configured', {
        setting: error.setting,
        counts: { Misconfigured: 1 },
      })
    } else if (error instanceof SecretsUnavailable) {
      log('error', 'secrets_unavailable', { error: errorKind(error.cause), counts: { SecretsFailed: 1 } })
    } else {
      log('error', 'not_stored', {
        error: errorKind(error),
        counts: { StoreFailed: 1 },
      })
    }
    return text(500, 'not stored: deliver again')
  } finally {
    clearTimeout(timer)
  }
}

async function answer(
  source: Source,
  request: Request,
  ingest: Ingest,
  pairs: LakePairs,
  log: Log,
  deadline: Deadline,
): Promise<Answer> {
  const { webhook } = source
  if (request.method === 'GET' && webhook.verify)
    return verified(await webhook.verify(request, ingest.configuration), log)
  if (request.method !== 'POST') {
    return {
      ...text(405, 'method not allowed'),
      headers: { allow: webhook.verify ? 'GET, POST' : 'POST' },
    }
  }
  const { configuration } = ingest
  if (!(await webhook.isAuthentic(request, configuration))) {
    log('warn', 'unauthorized', { counts: { Unauthorized: 1 } })
    return text(401, 'unauthorized')
  }
  if (CHECK_BODY.equals(request.body)) {
    log('info', 'checked', { counts: { Checked: 1 } })
    return accepted(webhook, 'checked')
  }
  const decision = await webhook.decide(request.body, configuration, pairs.during(request, deadline))
  if ('handshake' in decision) return verified(decision.handshake, log)
  if ('refuse' in decision) {
    log('warn', 'refused', { counts: { BadRequest: 1 } })
    return decision.refuse
  }
  if (decision.warning) {
    const { event, metric, fields } = decision.warning
    log('error', event, { ...fields, counts: { [metric]: 1 } })
  }
  if (!decision.keep) {
    log('info', 'foreign', { ...decision.fields, counts: { Foreign: 1 } })
    return accepted(webhook, 'foreign')
  }
  const key = rawKey(source.name, ingest.day(request.receivedAt), request.body)
  const outcome = await ingest.raw().putIfAbsent(key, request.body, request.receivedAt, deadline)
  if (outcome === 'exists') {
    log('info', 'repeated', { key, counts: { Repeated: 1 } })
    return accepted(webhook, 'repeated')
  }
  log('info', 'stored', { key, counts: { Stored: 1 } })
  return accepted(webhook, 'stored')
}

const accepted = ({ accepted }: Webhook, outcome: DeliveryOutcome): Answer => ({
  ...accepted,
  headers: { ...accepted.headers, [OUTCOME_HEADER]: outcome },
})

/** Logs the answer to a handshake. */
function verified(answered: Answer, log: Log): Answer {
  if (answered.status === 200) log('info', 'verified')
  else
    log('warn', 'not_verified', {
      counts: answered.status === 403 ? { Unauthorized: 1 } : { BadRequest: 1 },
    })
  return answered
}
