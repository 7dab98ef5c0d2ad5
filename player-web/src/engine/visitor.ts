/**
 * Puts the engine of a shared link's page together: the same player, gate, listening and link as the player's own, with
 * the link's secret in the place of a session. While it sounds, the home is asked every few seconds whether the listening
 * still counts: up to half a minute is buffered, and a sender who takes a link back is to be heard of sooner.
 */

import { backoffMs } from '../net/backoff'
import { HomeApi } from '../net/home-api'
import type { AccessPort } from '../net/portal'
import type { Access, Lease, PeerIdText } from '../net/portal-types'
import type { Key, Obstacle, Shared, SharedItem } from '../net/share-types'
import { TabNode } from '../net/tab-node'
import { ProblemError } from '../net/transport'
import { VisitorApi } from '../net/visitor'
import { answerWorker, NoWorker, startWorker } from '../worker/page'
import { connectionShown, RelayedHomes, type HomesHooks } from './homes'
import { coverUrl } from './library'
import { followPage } from './page-life'
import { Pause } from './pause'
import { Playback } from './playback'
import { Cell } from './readable'
import type { CoverSize, HomeConnection, ItemId, LibraryApi, Player, Readable, Track } from './types'
import { refusalOf, type Visit } from './visit'

/** How often a listening is checked while it sounds: with its answer well within the 5 s of a revocation. */
const WATCH_MS = 2_500
/** How often a visitor who waits for others, or for the sender's money, is looked after. */
const LOOK_AGAIN_MS = 20_000
/** An answer of the portal that a link may still use for its grant. */
const OPENED_FRESH_MS = 30_000

/** What the page of a shared link shows and does. */
export interface Visitor {
  readonly visit: Readable<Visit>
  readonly connection: Readable<HomeConnection>
  readonly player: Player
  readonly collection: Pick<LibraryApi, 'coversReady' | 'coverUrl'>
  /** Plays the item at `index` and those after it. */
  play(index: number): void
  /** A person wants it tried again. */
  retry(): void
  /** One mail when the home is back. */
  tellMe(email: string): Promise<void>
  /** To the operator of the site. */
  report(reason: string): Promise<void>
  close(): void
}

/** Makes the engine of a link's page and starts it. `null` is a link that is not whole. */
export function createVisitor(key: Key | null): Visitor {
  const visitor = new VisitorEngine(key ?? { share: '', secret: '' })
  if (key) void visitor.start()
  else visitor.end()
  return visitor
}

class VisitorEngine implements Visitor, AccessPort {
  readonly #api: VisitorApi
  readonly #visit = new Cell<Visit>({ kind: 'opening' })
  readonly #connection = new Cell<HomeConnection>({ kind: 'none' })
  readonly #workerReady = new Cell(false)
  readonly #homes: RelayedHomes
  readonly #playback: Playback
  readonly #stops: (() => void)[] = []
  readonly #node = new TabNode()
  readonly #pause = new Pause()
  /** The last answer, until a link has used its grant. */
  #opened: { access: Access; atMs: number } | null = null
  #opening: Promise<Shared> | null = null
  /** The end of the last listening, until the portal has taken it. */
  #closing: Promise<void> = Promise.resolve()
  #wasUp = false
  #watching = false

  constructor(key: Key) {
    this.#api = new VisitorApi(key)
    const hooks: HomesHooks = { changed: (home) => this.#homeChanged(home), signedOut: () => this.retry() }
    const lastSeenMs = (): number | null => this.#shared?.last_seen_ms ?? null
    // A home tells a visitor nothing of itself but the way.
    this.#homes = new RelayedHomes(this, () => this.#node.start(), lastSeenMs, hooks, (api, signal) => api.path(signal), false)
    this.#playback = this.#makePlayback()
  }

  get visit(): Readable<Visit> {
    return this.#visit
  }

  get connection(): Readable<HomeConnection> {
    return this.#connection
  }

  get player(): Player {
    return this.#playback.player
  }

  readonly collection = {
    coversReady: this.#workerReady as Readable<boolean>,
    coverUrl: (cover: ItemId | null, size: CoverSize): string | null => {
      const home = this.#shared?.home
      return home === undefined || cover === null ? null : coverUrl(home, cover, size)
    },
  }

  get skewMs(): number {
    return this.#api.skewMs
  }

  play(index: number): void {
    const shared = this.#shared
    if (!shared) return
    this.#hinder(null)
    this.#playback.player.playNow(shared.items.map(trackOf), index)
  }

  retry(): void {
    this.#pause.end()
    this.#homes.retryNow()
    this.#playback.listening.wake()
    if (this.#shared) void this.#look()
  }

  tellMe(email: string): Promise<void> {
    return this.#api.tellMe(email)
  }

  report(reason: string): Promise<void> {
    return this.#api.report(reason)
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#playback.close()
    this.#homes.close()
    this.#node.stop()
  }

  /** The link opens nothing: silence, at once. */
  end(): void {
    if (this.#visit.get().kind === 'gone') return
    this.#visit.set({ kind: 'gone' })
    this.close()
  }

  /** Opens the link; tries until it knows what it is. */
  async start(): Promise<void> {
    const worker = startWorker().then(() => null, (error: unknown) => error)
    for (let attempt = 1; this.#visit.get().kind !== 'gone'; attempt++) {
      try {
        await this.#open()
        break
      } catch {
        if (this.#visit.get().kind === 'gone') return
        this.#visit.set({ kind: 'portalAway' })
        await this.#pause.wait(backoffMs(attempt, Math.random()))
      }
    }
    const shared = this.#shared
    if (!shared) return
    this.#stops.push(followPage(this.#playback.player, this.#playback.listening))
    this.#follow()
    this.#homes.need([shared.home])
    const failed = await worker
    if (failed !== null) return this.#noWorker(failed)
    if (this.#visit.get().kind === 'gone') return
    this.#stops.push(answerWorker((ask, signal) => this.#playback.gate.serve(ask, signal)))
    this.#workerReady.set(true)
    this.#playback.player.homeUp()
    this.#publishConnection()
  }

  /** For the link to the home: whatever it asks for, the portal judges the share anew. */
  async grant(): Promise<Access> {
    const opened = this.#opened
    this.#opened = null
    if (opened && performance.now() - opened.atMs < OPENED_FRESH_MS) return opened.access
    const { access } = await this.#open()
    this.#opened = null
    return access
  }

  boot(): ReturnType<AccessPort['boot']> {
    return this.#api.boot()
  }

  get #shared(): Shared | null {
    const visit = this.#visit.get()
    return visit.kind === 'open' ? visit.shared : null
  }

  /** Asks the portal what the link opens; requests at the same time share one answer. */
  #open(): Promise<Shared> {
    this.#opening ??= this.#ask().finally(() => (this.#opening = null))
    return this.#opening
  }

  async #ask(): Promise<Shared> {
    const { peerId } = await this.#node.start()
    const shared = await this.#judged(() => this.#api.open(peerId))
    this.#opened = { access: shared.access, atMs: performance.now() }
    // Whoever listens is among those who listen.
    const hears = this.#playback.listening.phase.get().kind === 'open'
    this.#visit.set({ kind: 'open', shared, obstacle: hears ? null : shared.reason })
    return shared
  }

  async #look(): Promise<void> {
    // What the answer means is in the visit; no answer leaves it as it was.
    await this.#open().catch(() => undefined)
  }

  /** Runs a request, and takes what its refusal means for the visit. */
  async #judged<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === 'gone') this.end()
      else if (refusal) this.#hinder(refusal)
      throw error
    }
  }

  #hinder(obstacle: Obstacle | null): void {
    const visit = this.#visit.get()
    if (visit.kind === 'open' && visit.obstacle !== obstacle) this.#visit.set({ ...visit, obstacle })
  }

  #noWorker(error: unknown): void {
    if (!(error instanceof NoWorker)) throw error
    this.#visit.set({ kind: 'noWorker' })
    this.close()
  }

  /** The two clocks of this page: one for a listening that sounds, one for a visitor who waits. */
  #follow(): void {
    const watch = setInterval(() => void this.#watch(), WATCH_MS)
    const look = setInterval(() => {
      const visit = this.#visit.get()
      if (visit.kind === 'open' && visit.obstacle && document.visibilityState === 'visible') void this.#look()
    }, LOOK_AGAIN_MS)
    let isOver = false
    const over = this.#playback.player.state.subscribe(({ status }) => {
      const wasOver = isOver
      isOver = status.kind === 'noMinutes'
      if (isOver && !wasOver) void this.#minutesAreOver()
    })
    this.#stops.push(() => clearInterval(watch), () => clearInterval(look), over)
  }

  /**
   * At the end of the sender's money, or of what this link may cost: the portal tells which. The listening ends before it is
   * asked, or this page would be among those who listen, and nothing would be in its way.
   */
  async #minutesAreOver(): Promise<void> {
    this.#playback.listening.close()
    await this.#closing.catch(() => undefined)
    await this.#look()
  }

  /** Asks the home whether the listening still counts. */
  async #watch(): Promise<void> {
    const phase = this.#playback.listening.phase.get()
    const home = this.#shared?.home
    if (this.#watching || phase.kind !== 'open' || home === undefined || !this.#homes.isUp(home)) return
    if (this.#playback.player.state.get().status.kind !== 'playing') return
    const transport = this.#homes.transport(home)
    if (!transport) return
    this.#watching = true
    try {
      await new HomeApi(transport).path(AbortSignal.timeout(WATCH_MS), phase.lease.grant)
    } catch (error) {
      // Refused: the portal knows why. A home that does not answer is the link's business.
      if (error instanceof ProblemError && (error.status === 401 || error.status === 403)) await this.#playback.listening.beatNow()
    } finally {
      this.#watching = false
    }
  }

  #homeChanged(home: PeerIdText): void {
    const isUp = this.#homes.isUp(home)
    if (isUp) this.#playback.player.homeUp()
    // A home that lets go of this player may have been told to.
    else if (this.#wasUp) this.#playback.listening.beat()
    this.#wasUp = isUp
    this.#playback.player.refresh()
    this.#publishConnection()
  }

  #publishConnection(): void {
    const home = this.#shared?.home
    if (home === undefined) return
    const connection = this.#homes.connection(home)
    this.#connection.set(connectionShown(connection, this.#workerReady.get(), Date.now()))
    // Nothing tries by itself any more: the portal tells what is the matter.
    if (connection.kind === 'error' && connection.retryAtMs === null) void this.#look()
  }

  #makePlayback(): Playback {
    const api = this.#api
    return new Playback({
      homes: () => this.#homes,
      workerReady: this.#workerReady,
      metered: () => true,
      portal: {
        open: (_home, key) => this.#openListening(key),
        beat: (id, beat) => this.#judged(() => api.heartbeat(id, beat)),
        close: (id, playedMs) => (this.#closing = api.closeListening(id, playedMs)),
        beacon: (id, playedMs) => api.beaconClose(id, playedMs),
        running: () => Promise.resolve([]),
      },
      collection: { tracks: () => Promise.reject(new Error('a shared link has no library')) },
      home: () => this.#shared?.home ?? null,
      isForeign: () => false,
      currency: () => null,
      stopOther: () => Promise.reject(new Error('a visitor has no other players')),
      needs: () => undefined,
    })
  }

  async #openListening(key: string): Promise<Lease> {
    const { peerId } = await this.#node.start()
    const lease = await this.#judged(() => this.#api.openListening(peerId, key))
    this.#hinder(null)
    return lease
  }
}

/** An item as the player plays it. What only the home knows stays unknown. */
export function trackOf(item: SharedItem): Track {
  return {
    id: item.track, title: item.title, artist: item.artist || null, album: item.album || null, album_id: null,
    album_artist: null, genre: null, track_no: null, disc_no: null, year: null, duration_ms: item.duration_ms,
    kind: item.kind, media_type: '', codec: null, bitrate_kbps: null, sample_rate_hz: null, channels: null,
    size_bytes: 0, cover_id: item.cover ?? null, added_ms: 0,
  }
}
