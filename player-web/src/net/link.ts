/**
 * The link to one home through a relay. Owns the connection: dials, watches, renews and dials again as `link-state.ts`
 * decides. One timer and at most one dial run for it; `close` ends both.
 */

import { Cell } from '../engine/readable'
import type { Readable } from '../engine/types'
import { AccessKeeper } from './access'
import { admit, dial, DialFailed, type DialContext, type Greet, type Up } from './dial'
import { DirectLink } from './direct-link'
import { HomeApi } from './home-api'
import { LinkMachine, type Effect, type LinkState } from './link-state'
import type { Node } from './node'
import type { AccessPort } from './portal'
import type { PeerIdText, RelayAccess } from './portal-types'
import {
  problemOf, readAll, TransportError, type HomeRequest, type HomeResponse, type HomeTransport, type PathInUse,
} from './transport'

/** Renewals and back-off need no finer clock. */
const TICK_MS = 500
/** A clock that jumped by so much between two ticks: this machine slept. */
const SLEPT_MS = 20_000
/** After a failed renewal. */
const RENEW_RETRY_MS = 10_000
/** The admission is shown again when less than this is left. */
const ADMISSION_MARGIN_MS = 180_000
/** How often the home is asked for the path; the round trip that is shown, and whether it is there at all. */
const PROBE_EVERY_MS = 15_000
/** An answer within this time, or at least a byte of something else: else the connection counts as dead. */
const PROBE_TIMEOUT_MS = 5_000
/** Longest problem document of a 401. */
const REFUSAL_BYTES_MAX = 16 * 1024

export interface LinkOptions {
  portal: AccessPort
  home: PeerIdText
  node: () => Promise<Node>
  lastSeenMs: () => number | null
  greet: Greet
  /** Whether a direct path is looked for: homes give it to their own account only, not to a visitor. */
  mayGoDirect: boolean
}

export class HomeLink implements HomeTransport {
  readonly home: PeerIdText
  readonly #options: LinkOptions
  readonly #machine = new LinkMachine()
  readonly #state = new Cell<LinkState>({ kind: 'idle' })
  readonly #path = new Cell<PathInUse>({ path: 'relay', rttMs: null })
  readonly #direct: DirectLink
  #access: AccessKeeper | null = null
  #up: Up | null = null
  #dialling: AbortController | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  #renewNotBeforeMs = 0
  #renewing = false
  #probing = false
  #probedAtMs = 0
  #tickedAtMs = Date.now()
  readonly #wake = (): void => {
    if (document.visibilityState !== 'visible') return
    this.#direct.networkChanged()
    this.checkNow()
  }

  constructor(options: LinkOptions) {
    this.home = options.home
    this.#direct = new DirectLink(options.home, {
      found: (path) => this.#path.set(path),
      ended: () => void (this.#up && this.#probe(this.#up)),
    })
    this.#options = options
  }

  get state(): Readable<LinkState> {
    return this.#state
  }

  get path(): Readable<PathInUse> {
    return this.#path
  }

  /** Only the relay fails, again and again: this network blocks WebSockets. */
  get blocked(): boolean {
    return this.#machine.blocked
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
    window.addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
    this.#apply(this.#machine.start(performance.now()))
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    window.removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
    this.#dialling?.abort(new TransportError('lost', 'The link was closed.'))
    this.#direct.close()
    this.#apply(this.#machine.stop())
  }

  retryNow(): void {
    this.#apply(this.#machine.retryNow(performance.now()))
  }

  /** The machine may have slept or changed its network: dial what waits, prove what stands. */
  checkNow(): void {
    if (this.#up) void this.#probe(this.#up)
    else this.retryNow()
  }

  /** A heartbeat's answer renews the relay's admission. */
  offerRelay(relay: RelayAccess, timeMs: number): void {
    this.#access?.offer(relay, timeMs)
  }

  async request(request: HomeRequest): Promise<HomeResponse> {
    const up = this.#up
    const access = this.#access
    if (!up || !access) throw new TransportError('offline', 'The home is not connected.')
    if (request.grant !== undefined) return this.#send(up, request)
    const response = await this.#send(up, { ...request, grant: await access.grant() })
    if (response.status !== 401) return response
    const refusal = await keep(response)
    if (!refusal.mayRenew) return refusal.response
    return this.#send(up, { ...request, grant: (await access.renew()).grant })
  }

  /** The direct path while it carries; what it loses goes through the relay at once, as every request may be repeated. */
  async #send(up: Up, request: HomeRequest): Promise<HomeResponse> {
    const direct = this.#direct.pool
    if (!direct) return up.pool.request(request)
    try {
      return await direct.request(request)
    } catch (error) {
      // Whatever else went wrong, such as a stream that does not open: the path is at fault.
      if (request.signal?.aborted || (error instanceof TransportError && error.kind === 'malformed')) throw error
      this.#direct.failed(direct)
      return up.pool.request(request)
    }
  }

  #apply(effects: Effect[]): void {
    for (const effect of effects) {
      if (effect === 'hangUp') this.#hangUp()
      else void this.#dial()
    }
    this.#state.set(this.#machine.state)
  }

  async #dial(): Promise<void> {
    const controller = new AbortController()
    this.#dialling = controller
    try {
      const up = await dial(await this.#context(), controller.signal)
      if (controller.signal.aborted) return this.#discard(up)
      this.#connected(up)
    } catch (error) {
      if (controller.signal.aborted) return
      const cause = error instanceof DialFailed ? error.why : { kind: 'portal' as const }
      this.#machine.failed(performance.now(), cause, Math.random())
      this.#state.set(this.#machine.state)
    } finally {
      if (this.#dialling === controller) this.#dialling = null
    }
  }

  async #context(): Promise<DialContext> {
    const { portal, home, lastSeenMs, greet } = this.#options
    const node = await this.#options.node()
    this.#access ??= new AccessKeeper(portal, home, node.peerId)
    return { portal, home, node, access: this.#access, lastSeenMs, greet }
  }

  #connected(up: Up): void {
    this.#up = up
    this.#apply(this.#machine.connected(performance.now()))
    const lost = (): void => this.#lost(up)
    up.home.onClose(lost)
    up.relay.onClose(lost)
    if (this.#up !== up) return
    void this.#probe(up)
    if (!this.#options.mayGoDirect) return
    void this.#context().then(({ node, access }) => {
      if (this.#up === up) this.#direct.relayUp({ node, relayAddr: up.relayAddr, grant: () => access.grant(), stun: () => access.relay?.stun ?? [] })
    })
  }

  #lost(up: Up): void {
    if (this.#up === up) this.#apply(this.#machine.lost(performance.now()))
  }

  #hangUp(): void {
    const up = this.#up
    this.#up = null
    this.#direct.close()
    if (up) this.#discard(up)
  }

  #discard(up: Up): void {
    up.pool.close()
    up.home.abort()
  }

  /** Asks the home which way this request came, and takes the time. */
  async #probe(up: Up): Promise<void> {
    if (this.#probing) return
    const started = performance.now()
    this.#probing = true
    this.#probedAtMs = started
    try {
      const transport = {
        request: (request: HomeRequest) => this.request({ ...request, headTimeoutMs: PROBE_TIMEOUT_MS }),
      }
      const { path } = await new HomeApi(transport).path()
      this.#path.set({ path, rttMs: Math.round(performance.now() - started) })
    } catch (error) {
      if (this.#up !== up || !(error instanceof TransportError)) return
      // A thin line that is busy with a megabyte answers late and is alive.
      if (up.pool.heardAtMs > started) return
      // Both may be dead: after sleep the WebSocket often does not know yet.
      if (error.kind === 'late') up.relay.abort()
      this.#lost(up)
    } finally {
      this.#probing = false
    }
  }

  #tick(): void {
    const nowMs = performance.now()
    // The wall clock: the monotonic one stands still in sleep on some systems.
    const sleptMs = Date.now() - this.#tickedAtMs
    this.#tickedAtMs = Date.now()
    if (sleptMs > SLEPT_MS) this.checkNow()
    this.#apply(this.#machine.tick(nowMs))
    this.#direct.tick(nowMs)
    const up = this.#up
    if (!up) return
    if (nowMs - this.#probedAtMs > PROBE_EVERY_MS) void this.#probe(up)
    if (nowMs >= this.#renewNotBeforeMs && !this.#renewing) void this.#renew(up, nowMs)
  }

  async #renew(up: Up, nowMs: number): Promise<void> {
    const access = this.#access
    if (!access) return
    this.#renewing = true
    try {
      if (nowMs > access.renewAtMs) await access.renew()
      if (up.admittedUntilMs - nowMs < ADMISSION_MARGIN_MS && access.relayEndsAtMs > up.admittedUntilMs) {
        up.admittedUntilMs = await admit({ access }, up.relay, AbortSignal.timeout(RENEW_RETRY_MS))
      }
    } catch {
      this.#renewNotBeforeMs = performance.now() + RENEW_RETRY_MS
    } finally {
      this.#renewing = false
    }
  }
}

/** Reads a 401 and makes it readable again. */
async function keep(response: HomeResponse): Promise<{ mayRenew: boolean; response: HomeResponse }> {
  const bytes = await readAll(response.body, REFUSAL_BYTES_MAX)
  let json: unknown = null
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    // Not a problem document: handed on as it is.
  }
  let rest: Uint8Array | null = bytes
  const body = {
    read: () => {
      const part = rest
      rest = null
      return Promise.resolve(part)
    },
    cancel: () => undefined,
  }
  const mayRenew = problemOf(response.status, json, null).is('grant-expired', 'grant-refused', 'unauthorized')
  return { mayRenew, response: { ...response, body } }
}
