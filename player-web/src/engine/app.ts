/** Puts the engine of one tab together: who uses it, which home, how it is reached, what plays. */

import { backoffMs } from '../net/backoff'
import { PlaylistsApi } from '../net/playlists-api'
import { PortalApi } from '../net/portal'
import { listenToPortal } from '../net/portal-events'
import { newRowId } from '../net/row-id'
import { TabNode } from '../net/tab-node'
import { ProblemError } from '../net/transport'
import { answerWorker, NoWorker, purgeCovers, startWorker, workerSupported } from '../worker/page'
import { QueueHandover, type Handover } from './handover'
import { connectionShown, LocalHome, RelayedHomes, type Homes, type HomesHooks } from './homes'
import { KnownTracks } from './known-tracks'
import { HomeLibrary } from './library'
import { favouritesOf } from './lists/changes'
import { BrowserKeep } from './lists/keep'
import { ListSync } from './lists/sync'
import type { Lists } from './lists/types'
import { followPage } from './page-life'
import { Pause } from './pause'
import { trackOf } from './placed'
import { Playback } from './playback'
import { Cell } from './readable'
import { PortalShares } from './shares'
import type {
  App, Home, HomeConnection, LibraryApi, Me, PeerIdText, Player, Readable, Session, Wallet,
} from './types'
import { WORDS } from './words'

const HOME_KEY = 'iroam-home'
const ACCOUNT_KEY = 'iroam-account'
/** Names of what played last, for the next visit; goes with the account. */
const QUEUE_KEY = 'iroam-queue'
/** Signing out waits so long for changes of lists to arrive; later ones wait for the next sign-in here. */
const SIGN_OUT_SETTLE_MS = 3_000
/** Names this tab among the browser's, for what it could not send. */
const TAB = newRowId()
const SIGN_IN_URL = '/sign-in?next=/player/'

/** Makes the engine of this tab and starts it. */
export function createApp(): App {
  const app = new Engine()
  void app.start()
  return app
}

class Engine implements App {
  readonly #portal = new PortalApi()
  readonly #session = new Cell<Session>({ kind: 'loading' })
  readonly #homeList = new Cell<Home[]>([])
  readonly #wallet = new Cell<Wallet | null>(null)
  readonly #chosen = new Cell<PeerIdText | null>(null)
  readonly #connection = new Cell<HomeConnection>({ kind: 'none' })
  readonly #library: HomeLibrary
  readonly #playback: Playback
  readonly #playlists = new PlaylistsApi()
  readonly #known = new KnownTracks({
    track: (home, id, signal) => this.#library.track(home, id, signal),
    load: () => recall(QUEUE_KEY),
    save: (text) => remember(QUEUE_KEY, text),
  })
  readonly #lists: ListSync
  readonly #handover: QueueHandover
  readonly shares = new PortalShares(this.#portal)
  readonly #stops: (() => void)[] = []
  #homes: Homes | null = null
  #playingHome: PeerIdText | null = null
  #metered = true
  /** Covers and media need the worker: before it controls this page nothing of a home is shown or played. */
  readonly #workerReady = new Cell(false)
  readonly #node = new TabNode()
  readonly #pause = new Pause()

  constructor() {
    this.#library = new HomeLibrary({
      home: () => this.#chosen.get(),
      transport: (home) => this.#homes?.transport(home) ?? null,
      whenUp: (home, signal) => this.#playback.whenUp(home, signal),
      coversReady: this.#workerReady,
    })
    this.#playback = this.#makePlayback()
    this.#lists = this.#makeLists()
    this.#handover = this.#makeHandover()
  }

  get session(): Readable<Session> {
    return this.#session
  }

  get homes(): Readable<Home[]> {
    return this.#homeList
  }

  get wallet(): Readable<Wallet | null> {
    return this.#wallet
  }

  get chosenHome(): Readable<PeerIdText | null> {
    return this.#chosen
  }

  get connection(): Readable<HomeConnection> {
    return this.#connection
  }

  get collection(): LibraryApi {
    return this.#library
  }

  get player(): Player {
    return this.#playback.player
  }

  get lists(): Lists {
    return this.#lists
  }

  get handover(): Handover {
    return this.#handover
  }

  canPlay(id: PeerIdText): boolean | null {
    if (this.#homes?.isUp(id)) return true
    const home = this.#homeList.get().find((known) => known.id === id)
    if (!home) return null
    // A link that is being made says more than what the portal was told last.
    return id === this.#chosen.get() ? this.#connection.get().kind === 'connecting' : home.online
  }

  chooseHome(id: PeerIdText): void {
    if (id === this.#chosen.get()) return
    remember(HOME_KEY, id)
    this.#choose(id)
  }

  retryNow(): void {
    this.#pause.end()
    this.#homes?.retryNow()
    this.#playback.listening.wake()
    this.#lists.look()
  }

  async signOut(): Promise<void> {
    this.#playback.close()
    await this.#lists.settled(AbortSignal.timeout(SIGN_OUT_SETTLE_MS)).catch(() => undefined)
    await this.#portal.signOut().catch(() => undefined)
    remember(QUEUE_KEY, '[]')
    await purgeCovers().catch(() => undefined)
    this.close()
    location.assign('/')
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#playback.close()
    this.#lists.close()
    this.#handover.close()
    this.#library.follow(null)
    this.#homes?.close()
    this.#node.stop()
  }

  /** Finds out who serves this page and who uses it; tries until it knows. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#begin()
      } catch (error) {
        if (error instanceof NoWorker) {
          return this.#session.set({ kind: 'error', trouble: WORDS.noWorker, fatal: true })
        }
        if (error instanceof ProblemError && error.status === 401) return this.#signedOut()
        this.#session.set({ kind: 'error', trouble: WORDS.portalAway, fatal: false })
        await this.#pause.wait(backoffMs(attempt, Math.random()))
      }
    }
  }

  async #begin(): Promise<void> {
    // Loads behind the page. A chunk that does not come is asked for again by the link that needs it.
    void import('../net/node').catch(() => undefined)
    const me = this.#portal.me().then((value) => ({ value }), (error: unknown) => ({ error }))
    const boot = await this.#portal.boot()
    if (boot.mode === 'agent') return this.#beginLocal(boot.home, boot.name)
    if (!workerSupported()) throw new NoWorker('unsupported')
    const worker = startWorker().then(() => null, (error: unknown) => ({ error }))
    const answer = await me
    if ('error' in answer) throw answer.error
    this.#beginRelayed(answer.value)
    const failed = await worker
    if (failed) throw failed.error
    this.#workerReady.set(true)
    this.#playback.player.homeUp()
    this.#publishConnection()
  }

  #beginLocal(home: PeerIdText, name: string): void {
    this.#metered = false
    this.#workerReady.set(true)
    this.#homes = new LocalHome(home, () => this.#homeChanged(home))
    this.#homeList.set([
      { id: home, name, os: '', version: '', online: true, last_seen_ms: Date.now(), activated_ms: 0 },
    ])
    this.#session.set({ kind: 'local', home, name })
    this.#choose(home)
  }

  #beginRelayed(me: Me): void {
    if (this.#homes) return // A second try after the worker was refused.
    if (recall(ACCOUNT_KEY) !== me.account.id) forgetAccount()
    remember(ACCOUNT_KEY, me.account.id)
    const hooks: HomesHooks = { changed: (home) => this.#homeChanged(home), signedOut: () => this.#signedOut() }
    const lastSeenMs = (home: PeerIdText): number | null =>
      this.#homeList.get().find(({ id }) => id === home)?.last_seen_ms ?? null
    this.#homes = new RelayedHomes(this.#portal, () => this.#node.start(), lastSeenMs, hooks)
    this.#stops.push(answerWorker((ask, signal) => this.#playback.gate.serve(ask, signal)))
    this.#session.set({ kind: 'ready', me })
    this.#wallet.set(me.wallet)
    this.#takeHomes(me.homes)
    this.#lists.start(new BrowserKeep(me.account.id, TAB))
    this.#handover.start()
    this.#listen()
  }

  /** The portal's news, and the page's own comings and goings. */
  #listen(): void {
    this.#stops.push(
      listenToPortal({
        wallet: (wallet) => this.#takeWallet(wallet),
        homes: (homes) => this.#takeHomes(homes),
        listening: ({ id, state }) => {
          if (state === 'closed') this.#playback.listening.closedElsewhere(id)
        },
        playlists: ({ cursor, changed }) => this.#lists.changed(cursor, changed),
        marks: ({ cursor }) => this.#lists.marksChanged(cursor),
        queue: (news) => this.#handover.changed(news),
        opened: () => {
          this.retryNow()
          this.#handover.changed(null)
        },
        refused: () => void this.#checkSession(),
      }),
    )
    const hide = (): void => this.#handover.hide()
    window.addEventListener('pagehide', hide)
    this.#stops.push(followPage(this.#playback.player, this.#playback.listening), () => window.removeEventListener('pagehide', hide))
  }

  /** The event channel was refused: the session may have ended elsewhere. */
  async #checkSession(): Promise<void> {
    try {
      await this.#portal.me()
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) this.#signedOut()
    }
  }

  #takeWallet(wallet: Wallet): void {
    this.#wallet.set(wallet)
    if (wallet.balance_ms > 0) this.#playback.player.moneyCame()
  }

  #takeHomes(homes: Home[]): void {
    const before = this.#homeList.get()
    this.#homeList.set(homes)
    const chosen = this.#chosen.get()
    if (chosen === null || !homes.some(({ id }) => id === chosen)) {
      const kept = homes.find(({ id }) => id === recall(HOME_KEY))
      this.#choose((kept ?? homes.find(({ online }) => online) ?? homes[0])?.id ?? null)
    }
    for (const { id, online } of homes) {
      if (online && before.some((home) => home.id === id && !home.online)) this.#homes?.retryNow(id)
    }
  }

  #choose(home: PeerIdText | null): void {
    this.#chosen.set(home)
    this.#needHomes()
    this.#library.follow(home)
    this.#publishConnection()
  }

  #needHomes(): void {
    const needed = [this.#chosen.get(), this.#playingHome].filter((home) => home !== null)
    this.#homes?.need([...new Set(needed)])
  }

  #homeChanged(home: PeerIdText): void {
    if (this.#homes?.isUp(home)) this.#playback.player.homeUp()
    this.#playback.player.refresh()
    if (home === this.#chosen.get()) this.#publishConnection()
  }

  #publishConnection(): void {
    const home = this.#chosen.get()
    if (home === null || !this.#homes) return this.#connection.set({ kind: 'none' })
    this.#connection.set(connectionShown(this.#homes.connection(home), this.#workerReady.get(), Date.now()))
  }

  #signedOut(): void {
    forgetAccount()
    // What still sounds from the buffer hears it from the portal too, and stops.
    this.#playback.listening.beat()
    this.#session.set({ kind: 'signedOut', signInUrl: SIGN_IN_URL })
  }

  #makePlayback(): Playback {
    const portal = this.#portal
    return new Playback({
      homes: () => this.#homes,
      workerReady: this.#workerReady,
      metered: () => this.#metered,
      portal: {
        open: async (home, key) => portal.openListening(home, (await this.#node.start()).peerId, key),
        beat: (id, beat) => portal.heartbeat(id, beat),
        close: (id, playedMs) => portal.closeListening(id, playedMs),
        beacon: (id, playedMs) => portal.beaconClose(id, playedMs),
        running: () => portal.runningListenings(),
      },
      collection: this.#library,
      home: () => this.#chosen.get(),
      isForeign: (home) => this.#session.get().kind === 'ready' && this.canPlay(home) === null,
      currency: () => this.#wallet.get()?.currency ?? null,
      stopOther: (id) => portal.closeListening(id, null),
      needs: (home) => {
        this.#playingHome = home
        this.#needHomes()
      },
    })
  }

  #makeLists(): ListSync {
    return new ListSync({
      api: this.#playlists,
      tab: TAB,
      home: () => this.#chosen.get(),
      nowMs: () => Date.now(),
      newId: newRowId,
      random: Math.random,
      seen: (items) => this.#known.learn(items.map(trackOf)),
    })
  }

  #makeHandover(): QueueHandover {
    this.#stops.push(this.#lists.marks.subscribe((marks) => this.#known.learn(favouritesOf(marks).map(trackOf))))
    return new QueueHandover({
      api: this.#playlists,
      peer: async () => (await this.#node.start()).peerId,
      player: this.#playback.player,
      known: this.#known,
      nowMs: () => Date.now(),
      random: Math.random,
    })
  }
}

/** What this browser keeps for one account goes with it. Changes that the portal has not taken stay: they carry its name. */
function forgetAccount(): void {
  void purgeCovers().catch(() => undefined)
  remember(QUEUE_KEY, '[]')
}

/** Browsers without storage play too; they only forget. */
function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // See above.
  }
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
