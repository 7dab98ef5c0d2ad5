/**
 * How the player asks a home, whatever the way: over libp2p through a relay, or natively when the home's own agent
 * serves this page.
 */

import { t } from '../words/spoken'
import type { PathKind } from './portal-types'
import type { Problem } from './portal-types'

/** What waits for a free place when many things are asked at once. */
export type Priority = 'media' | 'api' | 'cover' | 'poll'

export interface HomeRequest {
  /** From `/v1/` on, with its query. */
  path: string
  method?: 'GET' | 'HEAD'
  headers?: Readonly<Record<string, string>>
  priority?: Priority
  signal?: AbortSignal
  /** The grant; `null` where none is needed. */
  grant?: string | null
  /** How long the head of the answer may take. */
  headTimeoutMs?: number
}

export interface HomeResponse {
  status: number
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>
  body: Body
}

/** Bytes of an answer, one pull per chunk. */
export interface Body {
  /** `null` at the end. Rejects when the answer breaks off. */
  read(): Promise<Uint8Array | null>
  /** Nothing more is wanted. */
  cancel(): void
}

export interface HomeTransport {
  request(request: HomeRequest): Promise<HomeResponse>
}

/** The way and its length, as measured. */
export interface PathInUse {
  path: PathKind
  rttMs: number | null
}

/** A request that got no answer. `lost` means that the connection is gone, `late` that it took too long. */
export class TransportError extends Error {
  constructor(readonly kind: 'lost' | 'late' | 'malformed' | 'offline', message: string) {
    super(message)
    this.name = 'TransportError'
  }
}

/** An answer that is a refusal, by the stable name of its problem. */
export class ProblemError extends Error {
  constructor(readonly status: number, readonly name_: string, readonly problem: Problem, readonly retryAfterS: number | null) {
    super(problem.detail ?? problem.title)
    this.name = 'ProblemError'
  }

  is(...names: string[]): boolean {
    return names.includes(this.name_)
  }
}

const PROBLEM_PREFIX = 'urn:iroam:problem:'
/** Longest text of a problem that is shown. */
const DETAIL_CHARS_MAX = 300

/** Reads a problem document; whatever else came becomes one with the name `unknown`. */
export function problemOf(status: number, body: unknown, retryAfter: string | null): ProblemError {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value.slice(0, DETAIL_CHARS_MAX) : undefined
  const type = text(fields.type) ?? 'about:blank'
  const problem: Problem = { type, title: text(fields.title) ?? t.engine.answerWas(status), status }
  const [detail, field] = [text(fields.detail), text(fields.field)]
  if (detail !== undefined) problem.detail = detail
  if (field !== undefined) problem.field = field
  const name = type.startsWith(PROBLEM_PREFIX) ? type.slice(PROBLEM_PREFIX.length) : 'unknown'
  const seconds = retryAfter !== null && /^\d{1,4}$/.test(retryAfter.trim()) ? Number(retryAfter) : null
  return new ProblemError(status, name, problem, seconds)
}

/** The longest JSON answer that is read: 500 tracks of 2 KiB and room. */
export const JSON_BYTES_MAX = 4 * 1024 * 1024

/** The whole body, at most `bytesMax`. */
export async function readAll(body: Body, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for (let part = await body.read(); part !== null; part = await body.read()) {
    length += part.length
    if (length > bytesMax) {
      body.cancel()
      throw new TransportError('malformed', 'The home sent more than was asked for.')
    }
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The JSON of an answer. Rejects with {@link ProblemError} unless its status is 2xx. */
export async function readJson(response: HomeResponse): Promise<unknown> {
  const bytes = await readAll(response.body, JSON_BYTES_MAX)
  let json: unknown = null
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    if (response.status < 400) throw new TransportError('malformed', 'The home sent something that is not JSON.')
  }
  if (response.status < 200 || response.status > 299) {
    throw problemOf(response.status, json, response.headers.get('retry-after') ?? null)
  }
  return json
}
