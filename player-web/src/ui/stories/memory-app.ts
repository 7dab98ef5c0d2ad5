/** An engine without network: plays by the clock over a made-up library. For stories and tests only. */
import { Cell } from '../../engine/readable'
import { LibraryError, type App, type HomeConnection, type LibraryStatus, type ListeningState, type Player, type PlayerState, type PlayStatus, type Position, type QueueEntry, type QueueState, type Repeat, type Session, type Track, type Wallet } from '../../engine/types'
import { cover, Made } from './library'
import { memoryLists } from './memory-lists'
import { memoryShares, type SharesStory } from './memory-shares'

export interface Story {
  tracks: number
  session: Session
  connection: HomeConnection
  scan: LibraryStatus['scan']
  unreadable: string[]
  /** Whether the library was heard at all. */
  heard: boolean
  /** Never answers lists: shows the skeletons. */
  mute: boolean
  failing: boolean
  status: PlayStatus | null
  playing: number
  video: boolean
  final: boolean
  leftMs: number
  /** What playlists there are, how the portal does, and whether another browser's queue is offered. */
  lists: 'some' | 'none' | 'loading' | 'failing' | 'waiting'
  offer: 'none' | 'named' | 'unnamed' | 'playing'
  /** What the account shares, or why it cannot be told. */
  shares: SharesStory
}

const HOME = '12D3KooWStory'
const MINUTE = 60_000
export const home = { id: HOME, name: 'Attic PC', os: 'Debian 12', version: '0.1.0', online: true, last_seen_ms: Date.now() - 300_000, activated_ms: 0 }
export const other = { ...home, id: '12D3KooWOther', name: 'Studio Mac', os: 'macOS 15', online: false, last_seen_ms: Date.now() - 3 * 86_400_000 }
const wallet = (leftMs: number): Wallet => ({ currency: 'EUR', available_micros: 1, held_micros: 0, balance_ms: leftMs, prices: [{ path: 'lan', micros_per_minute: 0 }, { path: 'relay', micros_per_minute: 10_000 }] })
export const signedIn: Session = { kind: 'ready', me: { account: { id: 'a', email: 'ida@example.org', email_confirmed: true, display_name: 'Ida Noor' }, wallet: wallet(58 * MINUTE), homes: [home, other], time_ms: Date.now() } }

/** The same person before the address was confirmed. */
export const unconfirmed: Session = signedIn.kind === 'ready' ? { ...signedIn, me: { ...signedIn.me, account: { ...signedIn.me.account, email_confirmed: false } } } : signedIn

export function memoryApp(story: Story): App {
  const made = new Made(story.tracks, 14)
  const status: LibraryStatus = {
    home: HOME, name: home.name, revision: 1, scan: story.scan, unreadable: story.unreadable,
    counts: { tracks: story.tracks, albums: made.albums, artists: made.artists, genres: 6, duration_ms: story.tracks * 231_000, failed: 3 },
  }
  const answer = async <T>(value: () => T, signal?: AbortSignal): Promise<T> => {
    if (story.mute) await new Promise(() => undefined)
    await new Promise((done) => setTimeout(done, 12))
    signal?.throwIfAborted()
    if (story.failing) throw new LibraryError({ message: 'Your home did not answer in time.', nextStep: 'It may be busy; try again in a moment.' }, 'broken')
    return value()
  }
  const noHome = story.connection.kind === 'none'
  return {
    session: new Cell<Session>(story.session),
    homes: new Cell(noHome ? [] : [home, other]),
    wallet: new Cell<Wallet | null>(wallet(story.leftMs)),
    chosenHome: new Cell<string | null>(noHome ? null : HOME),
    connection: new Cell<HomeConnection>(story.connection),
    collection: {
      status: new Cell<LibraryStatus | null>(story.heard ? status : null),
      tracks: (query, window, signal) => answer(() => made.trackPage(query, window), signal),
      albums: (query, window, signal) => answer(() => made.albumPage(query.artist, window), signal),
      artists: (window, signal) => answer(() => made.artistPage(window), signal),
      genres: (window, signal) => answer(() => made.genrePage(window), signal),
      album: (id, signal) => answer(() => {
        const n = Number(id.slice(6))
        if (Number.isNaN(n) || n >= made.albums) throw new LibraryError({ message: 'There is no such album.', nextStep: '' }, 'notFound')
        return made.album(n)
      }, signal),
      albumTracks: (id, signal) => answer(() => made.trackPage({ album: id }, { offset: 0, limit: 500 }).items, signal),
      search: (q, limit, signal) => answer(() => made.find(q, limit), signal),
      track: (_home, id, signal) => answer(() => made.track(Number(id.slice(6))), signal),
      coversReady: new Cell(true),
      coverUrl: (id) => (id === null ? null : cover(id)),
    },
    player: new MemoryPlayer(story, made),
    ...memoryLists(story, made),
    shares: memoryShares(story.shares),
    chooseHome: () => undefined,
    retryNow: () => undefined,
    signOut: () => Promise.resolve(),
    close: () => undefined,
  }
}

/** Plays by the clock. */
export class MemoryPlayer implements Player {
  readonly state: Cell<PlayerState>
  readonly position: Cell<Position>
  readonly queue: Cell<QueueState>
  readonly listening: Cell<ListeningState>
  #key = 1
  #before: QueueState | null = null

  constructor(readonly story: Story, readonly made: Made) {
    const tracks = story.video ? [made.videoTrack(2), made.videoTrack(3)] : Array.from({ length: 40 }, (_, i) => made.track(i))
    const entries = story.playing >= 0 ? tracks.map((track) => this.#entry(track)) : []
    this.queue = new Cell<QueueState>({ entries, index: entries.length > 0 ? story.playing : -1, shuffle: false, repeat: 'off', canUndo: false, filling: false })
    this.state = new Cell<PlayerState>({ status: story.status ?? { kind: entries.length > 0 ? 'playing' : 'idle' }, entry: null, volume: 0.7, muted: false, speed: 1, hasNext: false, hasPrevious: false, coverUrl: null })
    this.position = new Cell<Position>({ positionMs: 71_000, durationMs: 0, bufferedMs: 110_000 })
    this.listening = new Cell<ListeningState>({ open: true, leftMs: story.leftMs, priceMicros: 10_000, currency: 'EUR', path: 'relay', rttMs: 14, final: story.final, playOutMs: story.final ? 152_000 : null, playedMs: 0 })
    this.#show()
    setInterval(() => this.#tick(), 250)
  }

  attach = (): (() => void) => () => undefined
  playNow = (tracks: readonly Track[], index = 0): void => { this.#set({ entries: tracks.map((track) => this.#entry(track)), index }); this.#start() }
  playQuery = (query: Parameters<Player['playQuery']>[0], index: number): void => {
    const from = Math.max(0, index - 50)
    this.playNow(this.made.trackPage(query, { offset: from, limit: 500 }).items, index - from)
  }
  playNext = (tracks: readonly Track[]): void => {
    const { entries, index } = this.queue.get()
    this.#set({ entries: [...entries.slice(0, index + 1), ...tracks.map((track) => this.#entry(track)), ...entries.slice(index + 1)] })
  }
  playLast = (tracks: readonly Track[]): void => this.#set({ entries: [...this.queue.get().entries, ...tracks.map((track) => this.#entry(track))] })
  jump = (key: number): void => { this.#set({ index: this.queue.get().entries.findIndex((e) => e.key === key) }); this.#start() }
  move = (key: number, to: number): void => {
    const { entries, index } = this.queue.get()
    const current = entries[index]
    const entry = entries.find((e) => e.key === key)
    if (!entry) return
    const rest = entries.filter((e) => e !== entry)
    const next = [...rest.slice(0, to), entry, ...rest.slice(to)]
    this.#set({ entries: next, index: next.findIndex((e) => e === current) })
  }
  remove = (keys: readonly number[]): void => this.#set({ entries: this.queue.get().entries.filter((e) => !keys.includes(e.key)) })
  clear = (): void => this.#set({ entries: [], index: -1 })
  undo = (): void => { if (this.#before) this.queue.set({ ...this.#before, canUndo: false }); this.#show() }
  toggle = (): void => this.#status(this.state.get().status.kind === 'playing' ? 'paused' : 'playing')
  play = (): void => this.#status('playing')
  pause = (): void => this.#status('paused')
  next = (): void => { this.#set({ index: Math.min(this.queue.get().index + 1, this.queue.get().entries.length - 1) }); this.#start() }
  previous = (): void => { this.#set({ index: Math.max(0, this.queue.get().index - 1) }); this.#start() }
  seek = (positionMs: number): void => this.position.set({ ...this.position.get(), positionMs, bufferedMs: positionMs + 30_000 })
  seekBy = (deltaMs: number): void => this.seek(Math.max(0, this.position.get().positionMs + deltaMs))
  setVolume = (volume: number): void => this.state.set({ ...this.state.get(), volume })
  setMuted = (muted: boolean): void => this.state.set({ ...this.state.get(), muted })
  setSpeed = (speed: number): void => this.state.set({ ...this.state.get(), speed })
  setShuffle = (shuffle: boolean): void => this.#set({ shuffle })
  setRepeat = (repeat: Repeat): void => this.#set({ repeat })
  stopOther = (): void => this.play()

  #entry(track: Track): QueueEntry { return { key: this.#key++, home: HOME, track } }
  #status(kind: 'playing' | 'paused'): void { this.state.set({ ...this.state.get(), status: { kind } }) }
  #start(): void { this.position.set({ ...this.position.get(), positionMs: 0, bufferedMs: 30_000 }); this.#status('playing') }
  #set(change: Partial<QueueState>): void {
    this.#before = this.queue.get()
    this.queue.set({ ...this.#before, ...change, canUndo: true })
    this.#show()
  }
  #show(): void {
    const { entries, index } = this.queue.get()
    const entry = entries[index] ?? null
    this.state.set({ ...this.state.get(), entry, hasNext: index + 1 < entries.length, hasPrevious: index > 0, coverUrl: entry?.track.cover_id ? cover(entry.track.cover_id) : null })
    this.position.set({ ...this.position.get(), durationMs: entry?.track.duration_ms ?? 0 })
  }
  #tick(): void {
    if (this.state.get().status.kind !== 'playing' || !this.state.get().entry) return
    const position = this.position.get()
    this.position.set({ ...position, positionMs: Math.min(position.durationMs, position.positionMs + 250), bufferedMs: Math.min(position.durationMs, position.bufferedMs + 400) })
  }
}
