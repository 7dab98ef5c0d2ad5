/**
 * Puts the engine of a shared link's page together: the same player, gate, listening and link as the player's own, with
 * the link's secret in the place of a session. While it sounds, the home is asked every few seconds whether the listening
 * still counts: up to half a minute is buffered, and a sender who takes a link back is to be heard of sooner.
 */

import { backoffMs } from '../net/backoff'
import { HomeApi } from '../net/home-api'
import type { Node } from '../net/node'
import type { AccessPort } from '../net/portal'
import type { Access, PeerIdText } from '../net/portal-types'
import type { Key, Obstacle, Shared, SharedItem } from '../net/share-types'
import { ProblemError } from '../net/transport'
import { VisitorApi } from '../net/visitor'
import { answerWorker, NoWorker, startWorker } from '../worker/page'
import { RelayedHomes, type HomesHooks } from './homes'
import { coverUrl } from './library'
import { Listening } from './listening'
import { MediaGate } from './media-gate'
import { followPage } from './page-life'
import { EnginePlayer } from './player'
import { Cell, until } from './readable'
import type { CoverSize, HomeConnection, ItemId, LibraryApi, Player, Readable, Track } from './types'
import { refusalOf, type Visit } from './visit'

/** A heartbeat does not wait longer for the home's word on the path. */
const PATH_REPORT_TIMEOUT_MS = 3_000
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
  readonly library: Pick<LibraryApi, 'coversReady' | 'coverUrl'>
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
  readonly #gate: MediaGate
  readonly #listening: Listening
  readonly #player: EnginePlayer
  readonly #stops: (() => void)[] = []
  #node: Promise<Node> | null = null
  /** The last answer, until a link has used its grant. */
  #opened: { access: Access; atMs: number } | null = null
  #opening: Promise<Shared> | null = null
  #wake: (() => void) | null = null
  #wasUp = false
  #watching = false

  constructor(key: Key) {
    this.#api = new VisitorApi(key)
    const hooks: HomesHooks = { changed: (home) => this.#homeChanged(home), signedOut: () => this.retry() }
    const lastSeenMs = (): number | null => this.#shared?.last_seen_ms ?? null
    // A home tells a visitor nothing of itself but the way.
    this.#homes = new RelayedHomes(this, () => this.#startNode(), lastSeenMs, hooks, (api, signal) => api.path(signal))
    this.#listening = this.#makeListening()
    this.#gate = new MediaGate({
      transport: (home) => this.#homes.transport(home),
      whenUp: (home, signal) => this.#whenUp(home, signal),
      grant: (home, signal) => this.#listening.grant(home, signal),
      renewGrant: (home, signal) => this.#listening.renew(home, signal),
      playing: (id) => this.#player.playing(id),
      aheadOfLease: async (starved) => (starved ? this.#listening.close() : this.#listening.beatNow()),
    })
    this.#player = this.#makePlayer()
  }

  get visit(): Readable<Visit> {
    return this.#visit
  }

  get connection(): Readable<HomeConnection> {
    return this.#connection
  }

  get player(): Player {
    return this.#player
  }

  readonly library = {
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
    this.#player.playNow(shared.items.map(trackOf), index)
  }

  retry(): void {
    this.#wake?.()
    this.#homes.retryNow()
    this.#listening.wake()
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
    this.#player.close()
    this.#listening.close()
    this.#homes.close()
    void this.#node?.then((node) => node.stop()).catch(() => undefined)
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
        await this.#pause(backoffMs(attempt, Math.random()))
      }
    }
    const shared = this.#shared
    if (!shared) return
    this.#stops.push(followPage(this.#player, this.#listening))
    this.#follow()
    this.#homes.need([shared.home])
    const failed = await worker
    if (failed !== null) return this.#noWorker(failed)
    if (this.#visit.get().kind === 'gone') return
    this.#stops.push(answerWorker((ask, signal) => this.#gate.serve(ask, signal)))
    this.#workerReady.set(true)
    this.#player.homeUp()
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
    const { peerId } = await this.#startNode()
    const shared = await this.#judged(() => this.#api.open(peerId))
    this.#opened = { access: shared.access, atMs: performance.now() }
    // Whoever listens is among those who listen.
    const hears = this.#listening.phase.get().kind === 'open'
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
    const over = this.#player.state.subscribe(({ status }) => {
      const wasOver = isOver
      isOver = status.kind === 'noMinutes'
      // At the end of the sender's money, or of what this link may cost: the portal tells which.
      if (isOver && !wasOver) void this.#look()
    })
    this.#stops.push(() => clearInterval(watch), () => clearInterval(look), over)
  }

  /** Asks the home whether the listening still counts. */
  async #watch(): Promise<void> {
    const phase = this.#listening.phase.get()
    const home = this.#shared?.home
    if (this.#watching || phase.kind !== 'open' || home === undefined || !this.#homes.isUp(home)) return
    if (this.#player.state.get().status.kind !== 'playing') return
    const transport = this.#homes.transport(home)
    if (!transport) return
    this.#watching = true
    try {
      await new HomeApi(transport).path(AbortSignal.timeout(WATCH_MS), phase.lease.grant)
    } catch (error) {
      // Refused: the portal knows why. A home that does not answer is the link's business.
      if (error instanceof ProblemError && (error.status === 401 || error.status === 403)) await this.#listening.beatNow()
    } finally {
      this.#watching = false
    }
  }

  #homeChanged(home: PeerIdText): void {
    const isUp = this.#homes.isUp(home)
    if (isUp) this.#player.homeUp()
    // A home that lets go of this player may have been told to.
    else if (this.#wasUp) this.#listening.beat()
    this.#wasUp = isUp
    this.#player.refresh()
    this.#publishConnection()
  }

  #publishConnection(): void {
    const home = this.#shared?.home
    if (home === undefined) return
    const connection = this.#homes.connection(home)
    const early = connection.kind === 'online' && !this.#workerReady.get()
    this.#connection.set(early ? { kind: 'connecting', home, attempt: 1, sinceMs: Date.now() } : connection)
    // Nothing tries by itself any more: the portal tells what is the matter.
    if (connection.kind === 'error' && connection.retryAtMs === null) void this.#look()
  }

  async #whenUp(home: PeerIdText, signal: AbortSignal): Promise<void> {
    await until(this.#workerReady, (ready) => ready, signal)
    await this.#homes.whenUp(home, signal)
  }

  /** One node per tab. A chunk that did not load is asked for again by the next try. */
  #startNode(): Promise<Node> {
    this.#node ??= import('../net/node')
      .then(({ Node }) => Node.start())
      .catch((error: unknown) => {
        this.#node = null
        throw error
      })
    return this.#node
  }

  #makeListening(): Listening {
    const api = this.#api
    return new Listening(
      {
        open: async (_home, key) => {
          const { peerId } = await this.#startNode()
          const lease = await this.#judged(() => api.openListening(peerId, key))
          this.#hinder(null)
          return lease
        },
        beat: (id, beat) => this.#judged(() => api.heartbeat(id, beat)),
        close: (id, playedMs) => api.closeListening(id, playedMs),
        beacon: (id, playedMs) => api.beaconClose(id, playedMs),
        running: () => Promise.resolve([]),
      },
      {
        pathReport: (home, grant) => this.#pathReport(home, grant),
        bufferedMs: () => this.#player.bufferedAheadMs,
        relay: (home, relay, timeMs) => this.#homes.offerRelay(home, relay, timeMs),
        nowMs: () => performance.now(),
        wallMs: () => Date.now(),
        random: Math.random,
        key: () => crypto.randomUUID(),
      },
    )
  }

  async #pathReport(home: PeerIdText, grant: string): Promise<string | null> {
    this.#player.settle()
    const transport = this.#homes.isUp(home) ? this.#homes.transport(home) : null
    if (!transport) return null
    try {
      return (await new HomeApi(transport).path(AbortSignal.timeout(PATH_REPORT_TIMEOUT_MS), grant)).report
    } catch {
      return null
    }
  }

  #makePlayer(): EnginePlayer {
    return new EnginePlayer({
      gate: this.#gate,
      listening: this.#listening,
      library: { tracks: () => Promise.reject(new Error('a shared link has no library')) },
      home: () => this.#shared?.home ?? null,
      mediaUrl: (home, track) => `/home/${home}/v1/media/${encodeURIComponent(track.id)}`,
      coverUrl: (home, track, size) => (track.cover_id === null ? null : coverUrl(home, track.cover_id, size)),
      isUp: (home) => this.#workerReady.get() && this.#homes.isUp(home),
      path: (home) => this.#homes.path(home),
      currency: () => null,
      stopOther: () => Promise.reject(new Error('a visitor has no other players')),
      needs: () => undefined,
    })
  }

  /** Waits, unless a person asks to go on at once. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
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
