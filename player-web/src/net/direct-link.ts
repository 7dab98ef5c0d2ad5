/** The direct path of one link to a home: opened over the relay, tried before it carries anything, dropped when it stalls. */

import { DirectPath, TRY_MAX_MS, type DirectEffect } from './direct-path'
import { HomeApi } from './home-api'
import { HttpPool } from './http-pool'
import type { HomeWire, Node } from './node'
import type { PeerIdText } from './portal-types'
import { TransportError, type HomeRequest, type HomeTransport, type PathInUse } from './transport'

/** How the home is reached over the relay now. */
export interface Relayed {
  node: Node
  relayAddr: string
  grant: () => Promise<string>
  /** STUN servers, as URIs: they tell this browser how the world sees it. */
  stun: () => string[]
}

interface Standing {
  wire: HomeWire
  pool: HttpPool
}

export class DirectLink {
  readonly #home: PeerIdText
  readonly #found: (path: PathInUse) => void
  readonly #ended: () => void
  readonly #path = new DirectPath()
  #relayed: Relayed | null = null
  #standing: Standing | null = null
  #trying: AbortController | null = null

  /** `found` hears of a path that carries from now on, `ended` that the relay does again. */
  constructor(home: PeerIdText, hooks: { found: (path: PathInUse) => void; ended: () => void }) {
    this.#home = home
    this.#found = hooks.found
    this.#ended = hooks.ended
  }

  /** What carries the next request; `null` while that is the relay. */
  get pool(): HttpPool | null {
    return this.#path.carries ? (this.#standing?.pool ?? null) : null
  }

  relayUp(relayed: Relayed): void {
    this.#relayed = relayed
    this.#path.relayUp(performance.now())
  }

  networkChanged(): void {
    this.#path.networkChanged(performance.now())
  }

  tick(nowMs: number): void {
    this.#apply(this.#path.tick(nowMs, this.#standing?.pool.quietMs(nowMs) ?? 0, Math.random()))
  }

  /** What was asked on this pool failed. */
  failed(pool: HttpPool): void {
    if (this.#standing?.pool === pool) this.#lost(this.#standing)
  }

  close(): void {
    this.#relayed = null
    this.#apply(this.#path.stop())
  }

  #apply(effect: DirectEffect): void {
    if (effect === 'try') void this.#try()
    else if (effect === 'drop') this.#drop()
  }

  async #try(): Promise<void> {
    const relayed = this.#relayed
    if (!relayed) return
    const trying = new AbortController()
    this.#trying = trying
    const signal = AbortSignal.any([trying.signal, AbortSignal.timeout(TRY_MAX_MS)])
    let wire: HomeWire | null = null
    try {
      wire = await relayed.node.direct(relayed.relayAddr, this.#home, relayed.stun(), signal)
      const standing = { wire, pool: new HttpPool((streamSignal) => (wire as HomeWire).stream(streamSignal), this.#home) }
      const path = await proved(standing.pool, await relayed.grant())
      signal.throwIfAborted()
      this.#stands(standing, path)
    } catch {
      // That there is none is no fault: it is tried again, and the relay carries meanwhile.
      wire?.abort()
      if (!trying.signal.aborted) this.#path.failed(performance.now(), Math.random())
    } finally {
      if (this.#trying === trying) this.#trying = null
    }
  }

  #stands(standing: Standing, path: PathInUse): void {
    this.#standing = standing
    this.#path.opened(performance.now())
    this.#found(path)
    standing.wire.onClose(() => this.#lost(standing))
  }

  #lost(standing: Standing): void {
    if (this.#standing !== standing) return
    this.#path.failed(performance.now(), Math.random())
    this.#drop()
  }

  #drop(): void {
    this.#trying?.abort(new TransportError('lost', 'The direct path was given up.'))
    const standing = this.#standing
    this.#standing = null
    if (!standing) return
    standing.wire.abort()
    standing.pool.close()
    this.#ended()
  }
}

/** The home's word on the path, over that path; it took this long. */
async function proved(pool: HttpPool, grant: string): Promise<PathInUse> {
  const started = performance.now()
  const transport: HomeTransport = { request: (request: HomeRequest) => pool.request({ ...request, grant }) }
  const { path } = await new HomeApi(transport).path()
  return { path, rttMs: Math.round(performance.now() - started) }
}
