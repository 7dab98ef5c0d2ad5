/** The portal's JSON API. The session is a cookie that script never sees. */

import type {
  Access, Boot, Heartbeat, Lease, Me, PeerIdText, RowId, RunningListening, Wallet,
} from './portal-types'
import type { MadeLink, NewShare, SharePage } from './share-types'
import { problemOf, TransportError } from './transport'

/** An answer that takes longer is as good as none; heartbeats come every 20 s. */
const TIMEOUT_MS = 12_000

/** What a link to a home asks of a portal. */
export type AccessPort = Pick<PortalApi, 'grant' | 'boot' | 'skewMs'>

/** Requests to the portal, and its clock. */
export class PortalCalls {
  readonly #fetch: typeof fetch
  readonly #credentials: RequestCredentials
  #skewMs = 0

  constructor(fetcher: typeof fetch = (...args) => fetch(...args), credentials: RequestCredentials = 'same-origin') {
    this.#fetch = fetcher
    this.#credentials = credentials
  }

  /** This machine's clock minus the portal's, as of the last answer that told its time. */
  get skewMs(): number {
    return this.#skewMs
  }

  /** A portal of before `boot` answers 404. */
  async boot(): Promise<Boot> {
    const response = await this.#send('GET', '/api/v1/boot')
    if (response.status === 404) return { mode: 'portal' }
    return (await this.#json(response)) as Boot
  }

  protected timed<T extends { time_ms: number }>(answer: T): T {
    this.#skewMs = Date.now() - answer.time_ms
    return answer
  }

  protected async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return (await this.#json(await this.#send(method, path, body, signal))) as T
  }

  /** Sent even when the page is gone before the answer. */
  protected beacon(path: string, body: unknown): void {
    navigator.sendBeacon(path, new Blob([JSON.stringify(body)], { type: 'application/json' }))
  }

  async #send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const limit = AbortSignal.timeout(TIMEOUT_MS)
    const init: RequestInit = {
      method,
      credentials: this.#credentials,
      cache: 'no-store',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    }
    if (body !== undefined) init.body = JSON.stringify(body)
    try {
      return await this.#fetch(path, init)
    } catch (error) {
      signal?.throwIfAborted()
      throw new TransportError(limit.aborted ? 'late' : 'offline', 'The portal does not answer.')
    }
  }

  async #json(response: Response): Promise<unknown> {
    const text = await response.text().catch(() => {
      throw new TransportError('lost', 'The portal does not answer.')
    })
    const json = parse(text)
    if (!response.ok) throw problemOf(response.status, json, response.headers.get('retry-after'))
    return json
  }
}

/** The portal for whoever is signed in. */
export class PortalApi extends PortalCalls {
  async me(): Promise<Me> {
    return this.timed(await this.call<Me>('GET', '/api/v1/me'))
  }

  wallet(): Promise<Wallet> {
    return this.call('GET', '/api/v1/wallet')
  }

  async grant(home: PeerIdText, playerPeer: PeerIdText, signal?: AbortSignal): Promise<Access> {
    const body = { home, player_peer: playerPeer }
    return this.timed(await this.call<Access>('POST', '/api/v1/grants', body, signal))
  }

  async openListening(home: PeerIdText, playerPeer: PeerIdText, idempotencyKey: string): Promise<Lease> {
    const body = { home, player_peer: playerPeer, idempotency_key: idempotencyKey }
    return this.timed(await this.call<Lease>('POST', '/api/v1/listenings', body))
  }

  async heartbeat(id: RowId, beat: Heartbeat): Promise<Lease> {
    return this.timed(await this.call<Lease>('POST', `/api/v1/listenings/${encodeURIComponent(id)}/heartbeat`, beat))
  }

  runningListenings(): Promise<RunningListening[]> {
    return this.call('GET', '/api/v1/listenings')
  }

  /** `null` for another player's listening: what that one told last counts. */
  async closeListening(id: RowId, playedMs: number | null): Promise<void> {
    const body = playedMs === null ? undefined : { played_ms: playedMs }
    await this.call('DELETE', `/api/v1/listenings/${encodeURIComponent(id)}`, body)
  }

  /** For a page that goes away: sent even when the page is gone before the answer. */
  beaconClose(id: RowId, playedMs: number): void {
    this.beacon(`/api/v1/listenings/${encodeURIComponent(id)}/close`, { played_ms: playedMs })
  }

  async signOut(): Promise<void> {
    await this.call('DELETE', '/api/v1/sessions/current')
  }

  async share(share: NewShare): Promise<MadeLink[]> {
    return (await this.call<{ shares: MadeLink[] }>('POST', '/api/v1/shares', share)).shares
  }

  shares(cursor: string | null): Promise<SharePage> {
    return this.call('GET', cursor === null ? '/api/v1/shares' : `/api/v1/shares?cursor=${encodeURIComponent(cursor)}`)
  }

  async revokeShare(id: RowId): Promise<void> {
    await this.call('DELETE', `/api/v1/shares/${encodeURIComponent(id)}`)
  }
}

function parse(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
