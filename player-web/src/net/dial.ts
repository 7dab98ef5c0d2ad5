/** One try to reach a home: portal, relay, admission, circuit, home. Each step that fails has a cause of its own. */

import { t } from '../words/spoken'
import type { AccessKeeper } from './access'
import { HomeApi } from './home-api'
import { HttpPool } from './http-pool'
import type { Cause } from './link-state'
import type { HomeWire, Node, RelayWire } from './node'
import type { AccessPort } from './portal'
import type { Access, PeerIdText } from './portal-types'
import { ProblemError, TransportError, type HomeRequest } from './transport'

/** A WebSocket and Noise: four round trips of a slow line. */
const RELAY_TIMEOUT_MS = 10_000
/** The circuit and Noise again. */
const CIRCUIT_TIMEOUT_MS = 10_000
/** The first answer of a home whose disk sleeps. */
const STATUS_TIMEOUT_MS = 10_000

/** A connection that stands. */
export interface Up {
  relay: RelayWire
  /** The address of the relay, as the portal named it. */
  relayAddr: string
  home: HomeWire
  pool: HttpPool
  /** When the admission that was shown ends, on `performance.now()`. */
  admittedUntilMs: number
}

export interface DialContext {
  portal: AccessPort
  home: PeerIdText
  node: Node
  access: AccessKeeper
  lastSeenMs: () => number | null
  greet: Greet
}

/** The first question to a home: something that the grant at hand may ask. */
export type Greet = (api: HomeApi, signal: AbortSignal) => Promise<unknown>

/** Why {@link dial} failed. */
export class DialFailed extends Error {
  constructor(readonly why: Cause) {
    super(`could not reach the home: ${why.kind}`)
  }
}

export async function dial(context: DialContext, signal: AbortSignal): Promise<Up> {
  const access = await step(signal, () => context.access.fresh(), (error) => portalCause(context, error))
  const { relay, addr, admittedUntilMs } = await reachAdmitted(context, access, signal)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CIRCUIT_TIMEOUT_MS)])
  const home = await step(signal, () => context.node.home(addr, context.home, limit), (error) => {
    if (String(error).includes('PERMISSION_DENIED')) context.access.forget()
    // A relay that says nothing is a dead connection, left over from before the machine slept.
    if (limit.aborted) relay.abort()
    return limit.aborted || !relay.open ? { kind: 'portal' } : { kind: 'home', lastSeenMs: context.lastSeenMs() }
  })
  const pool = new HttpPool((streamSignal) => home.stream(streamSignal), context.home)
  try {
    await step(signal, () => firstAnswer(context, pool, signal), (error) => homeCause(context, error))
    return { relay, relayAddr: addr, home, pool, admittedUntilMs }
  } catch (error) {
    pool.close()
    home.abort()
    throw error
  }
}

/** Shows the relay the newest admission; answers when it ends. */
export async function admit(
  context: Pick<DialContext, 'access'>,
  relay: RelayWire,
  signal: AbortSignal,
): Promise<number> {
  for (let renewed = false; ; renewed = true) {
    const token = context.access.relay?.token ?? (await context.access.fresh()).relay.token
    const answer = await relay.admit(token, signal)
    if (answer.kind === 'admitted') return context.access.relayEndsAtMs
    if (renewed) throw new Error('the relay refused')
    await context.access.renew()
  }
}

async function step<T>(signal: AbortSignal, run: () => Promise<T>, cause: (error: unknown) => Cause): Promise<T> {
  try {
    return await run()
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof DialFailed ? error : new DialFailed(cause(error))
  }
}

/** A relay that has seen the admission. */
async function reachAdmitted(
  context: DialContext,
  access: Access,
  signal: AbortSignal,
): Promise<{ relay: RelayWire; addr: string; admittedUntilMs: number }> {
  const cause = (error: unknown): Cause => portalCause(context, error)
  const first = await reachRelay(context, access, signal)
  try {
    return { ...first, admittedUntilMs: await admit(context, first.relay, signal) }
  } catch {
    signal.throwIfAborted()
    // A connection that stood may be dead without knowing it: only a fresh one tells.
    first.relay.abort()
  }
  const second = await reachRelay(context, access, signal)
  const admittedUntilMs = await step(signal, () => admit(context, second.relay, signal), cause)
  return { ...second, admittedUntilMs }
}

async function reachRelay(
  context: DialContext,
  access: Access,
  signal: AbortSignal,
): Promise<{ relay: RelayWire; addr: string }> {
  for (const addr of access.relay.addrs) {
    try {
      const relay = await context.node.relay(addr, AbortSignal.any([signal, AbortSignal.timeout(RELAY_TIMEOUT_MS)]))
      return { relay, addr }
    } catch {
      signal.throwIfAborted()
    }
  }
  // The grant may be an old one: only a portal that answers now makes a relay that does not answer remarkable.
  const answers = await context.portal.boot().then(() => true, () => false)
  throw new DialFailed({ kind: answers ? 'relay' : 'portal' })
}

async function firstAnswer(context: DialContext, pool: HttpPool, signal: AbortSignal): Promise<void> {
  const ask = async (grant: string): Promise<void> => {
    const transport = {
      request: (request: HomeRequest) => pool.request({ ...request, grant, headTimeoutMs: STATUS_TIMEOUT_MS }),
    }
    await context.greet(new HomeApi(transport), signal)
  }
  try {
    await ask(await context.access.grant())
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 401) throw error
    await ask((await context.access.renew()).grant)
  }
}

function portalCause(context: DialContext, error: unknown): Cause {
  if (!(error instanceof ProblemError)) return { kind: 'portal' }
  if (error.is('clock-skew')) return { kind: 'clock', skewMs: context.portal.skewMs }
  if (error.status === 401) return { kind: 'signedOut' }
  if (error.status === 404 || error.status === 403) {
    return { kind: 'refused', ...t.engine.troubles.notYours }
  }
  return { kind: 'portal' }
}

function homeCause(context: DialContext, error: unknown): Cause {
  if (error instanceof TransportError || !(error instanceof ProblemError)) {
    return { kind: 'home', lastSeenMs: context.lastSeenMs() }
  }
  if (error.is('clock-skew', 'grant-expired')) return { kind: 'clock', skewMs: context.portal.skewMs }
  if (error.status === 401 || error.status === 403) {
    return { kind: 'refused', message: error.message, nextStep: t.engine.refusedByHome }
  }
  return { kind: 'home', lastSeenMs: context.lastSeenMs() }
}
