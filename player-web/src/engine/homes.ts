/** The ways to the homes that are needed now: the one that is shown and the one that plays. */

import type { Greet } from '../net/dial'
import { HomeLink } from '../net/link'
import type { Cause, LinkState } from '../net/link-state'
import { LocalTransport } from '../net/local'
import type { Node } from '../net/node'
import type { AccessPort } from '../net/portal'
import type { PeerIdText, RelayAccess } from '../net/portal-types'
import { backoffMs } from '../net/backoff'
import { TransportError, type HomeRequest, type HomeResponse, type HomeTransport, type PathInUse } from '../net/transport'
import { Cell, until } from './readable'
import type { HomeConnection } from './types'
import { WORDS } from './words'

export interface Homes {
  /** Connects these, lets the others go. */
  need(homes: readonly PeerIdText[]): void
  transport(home: PeerIdText): HomeTransport | null
  isUp(home: PeerIdText): boolean
  /** Resolves when the home is connected; rejects with the signal's reason. */
  whenUp(home: PeerIdText, signal: AbortSignal): Promise<void>
  path(home: PeerIdText): PathInUse | null
  connection(home: PeerIdText): HomeConnection
  offerRelay(home: PeerIdText, relay: RelayAccess, timeMs: number): void
  retryNow(home?: PeerIdText): void
  close(): void
}

export interface HomesHooks {
  changed(home: PeerIdText): void
  signedOut(): void
}

/** Homes through relays. */
export class RelayedHomes implements Homes {
  readonly #portal: AccessPort
  readonly #node: () => Promise<Node>
  readonly #lastSeenMs: (home: PeerIdText) => number | null
  readonly #hooks: HomesHooks
  readonly #greet: Greet
  readonly #mayGoDirect: boolean
  readonly #links = new Map<PeerIdText, HomeLink>()

  constructor(
    portal: AccessPort,
    node: () => Promise<Node>,
    lastSeenMs: (home: PeerIdText) => number | null,
    hooks: HomesHooks,
    greet: Greet = (api, signal) => api.status(signal),
    mayGoDirect = true,
  ) {
    this.#portal = portal
    this.#node = node
    this.#lastSeenMs = lastSeenMs
    this.#hooks = hooks
    this.#greet = greet
    this.#mayGoDirect = mayGoDirect
  }

  need(homes: readonly PeerIdText[]): void {
    for (const [home, link] of this.#links) {
      if (homes.includes(home)) continue
      this.#links.delete(home)
      link.close()
    }
    for (const home of homes) if (!this.#links.has(home)) this.#start(home)
  }

  transport(home: PeerIdText): HomeTransport | null {
    return this.#links.get(home) ?? null
  }

  isUp(home: PeerIdText): boolean {
    return this.#links.get(home)?.state.get().kind === 'up'
  }

  async whenUp(home: PeerIdText, signal: AbortSignal): Promise<void> {
    const link = this.#links.get(home)
    if (!link) throw new TransportError('offline', 'The home is not connected.')
    await until(link.state, (state) => state.kind === 'up', signal)
  }

  path(home: PeerIdText): PathInUse | null {
    return this.isUp(home) ? (this.#links.get(home)?.path.get() ?? null) : null
  }

  connection(home: PeerIdText): HomeConnection {
    const link = this.#links.get(home)
    if (!link) return { kind: 'connecting', home, attempt: 1, sinceMs: Date.now() }
    return describe(home, link.state.get(), link.path.get(), link.blocked)
  }

  offerRelay(home: PeerIdText, relay: RelayAccess, timeMs: number): void {
    this.#links.get(home)?.offerRelay(relay, timeMs)
  }

  retryNow(home?: PeerIdText): void {
    for (const [id, link] of this.#links) if (home === undefined || id === home) link.checkNow()
  }

  close(): void {
    this.need([])
  }

  #start(home: PeerIdText): void {
    const lastSeenMs = (): number | null => this.#lastSeenMs(home)
    const link = new HomeLink({ portal: this.#portal, home, node: this.#node, lastSeenMs, greet: this.#greet, mayGoDirect: this.#mayGoDirect })
    this.#links.set(home, link)
    link.state.subscribe((state) => {
      if (state.kind === 'stopped' && state.cause.kind === 'signedOut') this.#hooks.signedOut()
      this.#hooks.changed(home)
    })
    link.path.subscribe(() => this.#hooks.changed(home))
    link.start()
  }
}

/** A link's state in the words of the user interface. */
export function describe(home: PeerIdText, state: LinkState, path: PathInUse, blocked: boolean): HomeConnection {
  switch (state.kind) {
    case 'up':
      return { kind: 'online', home, ...path }
    case 'idle':
      return { kind: 'connecting', home, attempt: 1, sinceMs: Date.now() }
    case 'dialling':
      // While it is tried again, what is known to be wrong stays said.
      if (state.last) return trouble(home, state.last, Date.now(), blocked)
      return { kind: 'connecting', home, attempt: state.attempt, sinceMs: wallMs(state.sinceMs) }
    case 'waiting':
      return trouble(home, state.cause, wallMs(state.retryAtMs), blocked)
    case 'stopped':
      return trouble(home, state.cause, null, blocked)
  }
}

function trouble(home: PeerIdText, cause: Cause, retryAtMs: number | null, blocked: boolean): HomeConnection {
  const at = retryAtMs ?? Date.now()
  switch (cause.kind) {
    case 'portal':
      return { kind: 'relayUnreachable', home, retryAtMs: at }
    case 'relay':
      return { kind: blocked ? 'blocked' : 'relayUnreachable', home, retryAtMs: at }
    case 'home':
      return { kind: 'homeOffline', home, lastSeenMs: cause.lastSeenMs, retryAtMs: at }
    case 'clock':
      return { kind: 'clockSkew', home, skewMs: cause.skewMs }
    case 'refused':
      return { kind: 'error', home, trouble: { message: cause.message, nextStep: cause.nextStep }, retryAtMs }
    case 'signedOut':
      return { kind: 'error', home, retryAtMs: null, trouble: WORDS.signedOut }
  }
}

/** Unix milliseconds of a time on the monotonic clock. */
function wallMs(monotonicMs: number): number {
  return Math.round(Date.now() - performance.now() + monotonicMs)
}

/** The one home whose own agent serves this page. */
export class LocalHome implements Homes {
  readonly #home: PeerIdText
  readonly #changed: () => void
  readonly #transport: HomeTransport
  readonly #up = new Cell(true)
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #path: PathInUse = { path: 'lan', rttMs: null }

  constructor(home: PeerIdText, changed: () => void) {
    this.#home = home
    this.#changed = changed
    const local = new LocalTransport(home)
    this.#transport = { request: (request) => this.#watched(local, request) }
  }

  need(): void {
    // It is always there.
  }

  transport(home: PeerIdText): HomeTransport | null {
    return home === this.#home ? this.#transport : null
  }

  isUp(home: PeerIdText): boolean {
    return home === this.#home && this.#up.get()
  }

  async whenUp(_home: PeerIdText, signal: AbortSignal): Promise<void> {
    await until(this.#up, (up) => up, signal)
  }

  path(): PathInUse {
    return this.#path
  }

  connection(home: PeerIdText): HomeConnection {
    if (this.#up.get()) return { kind: 'online', home, ...this.#path }
    return { kind: 'homeOffline', home, lastSeenMs: null, retryAtMs: Date.now() }
  }

  offerRelay(): void {
    // No relay here.
  }

  retryNow(): void {
    if (!this.#up.get()) this.#probe()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async #watched(local: LocalTransport, request: HomeRequest): Promise<HomeResponse> {
    const startedMs = performance.now()
    try {
      const response = await local.request(request)
      if (request.priority !== 'poll') this.#path = { path: 'lan', rttMs: Math.round(performance.now() - startedMs) }
      this.#set(true)
      return response
    } catch (error) {
      if (error instanceof TransportError && error.kind === 'offline') this.#set(false)
      throw error
    }
  }

  #set(up: boolean): void {
    if (up) this.#failures = 0
    else this.#schedule()
    if (up !== this.#up.get()) {
      this.#up.set(up)
      this.#changed()
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#probe(), backoffMs(++this.#failures, Math.random()))
  }

  #probe(): void {
    this.#transport.request({ path: '/v1/status' }).then(
      (response) => response.body.cancel(),
      () => undefined,
    )
  }
}

/** A connection as it is shown: nothing of a home is had before the worker controls the page. */
export function connectionShown(connection: HomeConnection, workerReady: boolean, nowMs: number): HomeConnection {
  if (connection.kind !== 'online' || workerReady) return connection
  return { kind: 'connecting', home: connection.home, attempt: 1, sinceMs: nowMs }
}
