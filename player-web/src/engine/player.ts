/** The player: queue, deck, listening and the system's controls, put together. */

import type { RowId } from '../net/portal-types'
import { t } from '../words/spoken'
import { Deck } from './deck'
import type { Listening, ListeningPhase, Refusal } from './listening'
import type { MediaGate } from './media-gate'
import { SystemControls } from './media-session'
import { listeningState, NOT_LISTENING, playStatus, verdict } from './play-status'
import { Queue } from './queue'
import { QueueFiller } from './queue-filler'
import { homeOf } from './placed'
import { Cell } from './readable'
import type { Progress } from './pace'
import type {
  CoverSize, LibraryApi, ListeningState, PathKind, PeerIdText, Player, PlayerState, PlayStatus, Position, QueueEntry,
  QueueState, Readable, Repeat, Track, TrackQuery,
} from './types'
import { WORDS } from './words'

export interface PlayerHooks {
  gate: MediaGate
  /** `null` where nothing is metered: the page is served by the home itself. */
  listening: Listening | null
  collection: Pick<LibraryApi, 'tracks'>
  /** The home of tracks that are put into the queue. */
  home(): PeerIdText | null
  mediaUrl(home: PeerIdText, track: Track): string
  coverUrl(home: PeerIdText, track: Track, size: CoverSize): string | null
  isUp(home: PeerIdText): boolean
  /** Whether it is known not to be of this account: nothing of it can be played. */
  isForeign(home: PeerIdText): boolean
  path(home: PeerIdText): { path: PathKind; rttMs: number | null } | null
  currency(): string | null
  /** Ends another listening of this account. */
  stopOther(id: RowId): Promise<void>
  /** A home is needed from now on: connect it. `null`: none is. */
  needs(home: PeerIdText | null): void
}

/** Back to the start after so much of a track, else the one before. */
const BACK_TO_START_MS = 3_000
/** A track that cannot be played is shown for so long before the next one is tried. */
const SKIP_AFTER_MS = 3_000
/** So many in a row that cannot be played, and it stops. */
const SKIPS_MAX = 5
/** A queue that has ended keeps its listening for so long, for whoever presses play again. */
const CLOSE_AFTER_MS = 30_000
const TOP_UP_URL = '/account/minutes'

export class EnginePlayer implements Player {
  readonly #hooks: PlayerHooks
  readonly #queue = new Queue(Math.random)
  readonly #filler: QueueFiller
  readonly #deck: Deck
  readonly #system: SystemControls
  readonly #state: Cell<PlayerState>
  readonly #position = new Cell<Position>({ positionMs: 0, durationMs: 0, bufferedMs: 0 })
  readonly #queueState: Cell<QueueState>
  readonly #listeningState = new Cell<ListeningState>(NOT_LISTENING)
  #volume = 1
  #muted = false
  #speed = 1
  /** Overrides what the deck says: minutes, other players. */
  #stopped: PlayStatus | null = null
  #skips = 0
  #skipTimer: ReturnType<typeof setTimeout> | undefined
  #closeTimer: ReturnType<typeof setTimeout> | undefined
  #loadedAtMs = 0

  constructor(hooks: PlayerHooks) {
    this.#hooks = hooks
    this.#filler = new QueueFiller(hooks.collection, this.#queue, () => this.#publishQueue())
    this.#deck = new Deck({
      changed: () => this.#deckChanged(),
      moved: () => this.#moved(),
      ended: () => void this.#ended(),
      heard: (mediaMs) => this.#heard(mediaMs),
      verdict: (code) => this.#verdict(code),
      excused: () => this.#excused(),
    })
    this.#system = new SystemControls(this)
    this.#queueState = new Cell<QueueState>({ ...this.#queue.state, filling: false })
    this.#state = new Cell<PlayerState>(this.#compose())
    hooks.listening?.phase.subscribe((phase) => this.#listeningChanged(phase))
  }

  get state(): Readable<PlayerState> {
    return this.#state
  }

  get position(): Readable<Position> {
    return this.#position
  }

  get queue(): Readable<QueueState> {
    return this.#queueState
  }

  get listening(): Readable<ListeningState> {
    return this.#listeningState
  }

  attach(element: HTMLMediaElement): () => void {
    return this.#deck.attach(element)
  }

  playNow(tracks: readonly Track[], index = 0): void {
    const home = this.#homeFor(tracks)
    if (home === null) return
    this.#filler.stop()
    this.#queue.set(home, tracks, index)
    this.#loadCurrent(true)
  }

  /** Goes on with a queue of another browser, from where it was. The tracks carry their homes. */
  restore(tracks: readonly Track[], index: number, positionMs: number, shuffle: boolean, repeat: Repeat): void {
    const home = this.#homeFor(tracks)
    if (home === null) return
    this.#filler.stop()
    this.#queue.restore(home, tracks, index, shuffle, repeat)
    this.#loadCurrent(true, positionMs)
  }

  /** Homes told more of tracks that are in the queue. */
  refine(tracks: readonly Track[]): void {
    const before = this.#queue.current
    this.#queue.refine(tracks)
    const now = this.#queue.current
    if (now && now.track !== before?.track) this.#system.show(now.track, (size) => this.#hooks.coverUrl(now.home, now.track, size))
    this.#publish()
  }

  playQuery(query: TrackQuery, index: number, row: Track | null = null): void {
    const home = this.#hooks.home()
    if (home) void this.#filler.start(home, query, index, row, () => this.#loadCurrent(true))
  }

  playNext(tracks: readonly Track[]): void {
    this.#add(tracks, (home) => this.#queue.playNext(home, tracks))
  }

  playLast(tracks: readonly Track[]): void {
    this.#add(tracks, (home) => this.#queue.playLast(home, tracks))
  }

  jump(key: number): void {
    if (this.#queue.jump(key)) this.#loadCurrent(true)
  }

  move(key: number, toIndex: number): void {
    this.#queue.move(key, toIndex)
    this.#publish()
  }

  remove(keys: readonly number[]): void {
    this.#keepPlaying(() => this.#queue.remove(keys))
  }

  clear(): void {
    this.#filler.stop()
    this.#keepPlaying(() => this.#queue.clear())
  }

  undo(): void {
    this.#keepPlaying(() => void this.#queue.undo())
  }

  toggle(): void {
    if (this.#deck.wantsPlay) this.pause()
    else this.play()
  }

  play(): void {
    if (!this.#queue.current) return
    this.#stopped = null
    this.#hooks.listening?.forgive()
    clearTimeout(this.#skipTimer)
    clearTimeout(this.#closeTimer)
    if (this.#deck.state.kind === 'empty') return this.#loadCurrent(true)
    this.#deck.play()
    this.#publish()
  }

  pause(): void {
    clearTimeout(this.#skipTimer)
    this.#deck.pause()
    this.#publish()
  }

  next(): void {
    if (this.#toNext(false)) this.#loadCurrent(true)
  }

  previous(): void {
    if (this.#deck.position.positionMs > BACK_TO_START_MS || !this.#queue.hasPrevious) return this.seek(0)
    this.#queue.previous()
    this.#loadCurrent(true)
  }

  seek(positionMs: number): void {
    this.#deck.seek(positionMs)
    this.#hooks.listening?.beat()
  }

  seekBy(deltaMs: number): void {
    this.seek(this.#deck.position.positionMs + deltaMs)
  }

  setVolume(volume: number): void {
    this.#volume = Math.max(0, Math.min(1, volume))
    if (this.#volume > 0) this.#muted = false
    this.#applySound()
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    this.#applySound()
  }

  setSpeed(speed: number): void {
    this.#speed = Math.max(0.5, Math.min(3, speed))
    this.#deck.setSpeed(this.#speed)
    this.#publish()
  }

  setShuffle(on: boolean): void {
    this.#queue.setShuffle(on)
    this.#publish()
  }

  setRepeat(repeat: Repeat): void {
    this.#queue.setRepeat(repeat)
    this.#publish()
  }

  stopOther(id: RowId): void {
    void this.#hooks.stopOther(id).then(
      () => this.play(),
      () => this.#stop({ kind: 'error', trouble: WORDS.portalAway }),
    )
  }

  /** For the gate: the track and its progress when `id` plays now. */
  playing(id: string): { track: Track; progress: Progress } | null {
    const track = this.#queue.current?.track
    if (track?.id !== id) return null
    const { positionMs, bufferedMs } = this.#deck.position
    return { track, progress: { positionMs, aheadMs: bufferedMs - positionMs, flows: this.#deck.flows } }
  }

  /** A home came up: whatever waits for it goes on. */
  homeUp(): void {
    this.#deck.wake()
    this.#publish()
  }

  /** Money came: what was stopped for it may go on. */
  moneyCame(): void {
    if (this.#stopped?.kind !== 'noMinutes') return
    this.#stopped = null
    this.#hooks.listening?.forgive()
    this.#publish()
  }

  /** Counts what was heard up to now, for a beacon. */
  settle(): void {
    this.#deck.count()
  }

  /** Path, round trip or connection changed. */
  refresh(): void {
    this.#publish()
    this.#publishListening()
  }

  close(): void {
    clearTimeout(this.#skipTimer)
    clearTimeout(this.#closeTimer)
    this.#filler.stop()
    this.#deck.unload()
  }

  get bufferedAheadMs(): number {
    const { positionMs, bufferedMs } = this.#deck.position
    return bufferedMs - positionMs
  }

  #add(tracks: readonly Track[], put: (home: PeerIdText) => void): void {
    const home = this.#homeFor(tracks)
    if (home === null) return
    const wasEmpty = this.#queue.current === null
    put(home)
    if (wasEmpty) this.#loadCurrent(true)
    else this.#publish()
  }

  /** The home of tracks that carry none; `null` when there is nothing to play. */
  #homeFor(tracks: readonly Track[]): PeerIdText | null {
    const [first] = tracks
    return first ? (this.#hooks.home() ?? homeOf(first)) : null
  }

  /** Changes the queue; loads the new current entry only when it is another one. */
  #keepPlaying(change: () => void): void {
    const before = this.#queue.current
    change()
    const now = this.#queue.current
    if (now?.key === before?.key) return this.#publish()
    if (now) return this.#loadCurrent(this.#deck.wantsPlay)
    this.#deck.unload()
    this.#hooks.needs(null)
    this.#closeLater()
    this.#publish()
  }

  #loadCurrent(play: boolean, atMs = 0): void {
    clearTimeout(this.#skipTimer)
    clearTimeout(this.#closeTimer)
    const entry = this.#queue.current
    if (!entry) return
    this.#stopped = null
    if (this.#hooks.isForeign(entry.home)) return this.#passOver(play)
    if (play) this.#hooks.listening?.forgive()
    this.#hooks.needs(entry.home)
    this.#loadedAtMs = performance.now()
    const { track, home } = entry
    this.#deck.load({ url: this.#hooks.mediaUrl(home, track), durationMs: track.duration_ms }, atMs, play)
    this.#system.show(track, (size) => this.#hooks.coverUrl(home, track, size))
    this.#hooks.listening?.beat()
    if (play) this.#openEarly(entry.home)
    this.#publish()
    this.#moved()
  }

  /** A song in somebody else's home: it is said, and what comes after it plays. */
  #passOver(play: boolean): void {
    this.#deck.unload()
    this.#hooks.needs(null)
    this.#stop({ kind: 'error', trouble: WORDS.foreign })
    const { entries, index } = this.#queue.state
    const goesOn = play && entries.slice(index + 1).some(({ home }) => !this.#hooks.isForeign(home))
    if (goesOn) this.#skipTimer = setTimeout(() => this.next(), SKIP_AFTER_MS)
    else this.#closeLater()
  }

  /** To the next entry, over those in other people's homes; `false` when there is none. */
  #toNext(ended: boolean): boolean {
    let moved = false
    for (let left = this.#queue.state.entries.length; left > 0 && this.#queue.next(ended); left--) {
      moved = true
      const entry = this.#queue.current
      if (entry && !this.#hooks.isForeign(entry.home)) break
    }
    return moved
  }

  /** The listening opens while the element gets ready; what becomes of it shows in its phase. */
  #openEarly(home: PeerIdText): void {
    this.#hooks.listening?.grant(home, AbortSignal.timeout(CLOSE_AFTER_MS)).catch(() => undefined)
  }

  async #ended(): Promise<void> {
    this.#skips = 0
    if (await this.#minutesAreOver()) return this.#stop({ kind: 'noMinutes', words: t.engine.stopped.noMinutes, topUpUrl: TOP_UP_URL })
    this.#advance()
  }

  #advance(): void {
    if (this.#toNext(true)) return this.#loadCurrent(true)
    this.#closeLater()
    this.#publish()
  }

  /** At a track's end, when no other minute can be paid; asks once more, since money may have come. */
  async #minutesAreOver(): Promise<boolean> {
    const listening = this.#hooks.listening
    const isFinal = (): boolean => {
      const phase = listening?.phase.get()
      return phase?.kind === 'open' && phase.lease.final
    }
    if (!isFinal()) return false
    await listening?.beatNow()
    return isFinal()
  }

  #stop(status: PlayStatus): void {
    this.#deck.pause()
    this.#stopped = status
    this.#publish()
  }

  #closeLater(): void {
    clearTimeout(this.#closeTimer)
    this.#closeTimer = setTimeout(() => {
      if (!this.#deck.wantsPlay) this.#hooks.listening?.close()
    }, CLOSE_AFTER_MS)
  }

  #heard(mediaMs: number): void {
    const { listening } = this.#hooks
    if (!listening) return
    listening.advance(mediaMs)
    this.#publishListening()
    const { final, playOutMs } = this.#listeningState.get()
    if (final && playOutMs === 0) {
      this.#stop({ kind: 'noMinutes', words: t.engine.stopped.noMinutes, topUpUrl: TOP_UP_URL })
      listening.beat()
    }
  }

  #deckChanged(): void {
    const { kind } = this.#deck.state
    if (kind === 'playing') this.#skips = 0
    this.#hooks.listening?.setPlaying(kind === 'playing')
    this.#system.state(kind === 'empty' ? 'none' : this.#deck.wantsPlay ? 'playing' : 'paused')
    if (kind === 'failed') this.#skipLater()
    this.#publish()
  }

  /** One broken file does not end an album. */
  #skipLater(): void {
    const state = this.#deck.state
    if (this.#stopped || state.kind !== 'failed' || state.why === 'network') return
    if (!this.#queue.hasNext || this.#skips >= SKIPS_MAX) return
    this.#skips++
    clearTimeout(this.#skipTimer)
    this.#skipTimer = setTimeout(() => this.next(), SKIP_AFTER_MS)
  }

  #moved(): void {
    const position = this.#deck.position
    this.#position.set(position)
    this.#system.position(position, this.#speed)
  }

  #verdict(mediaErrorCode: number): 'retry' | 'decode' | 'refused' {
    return this.#stopped ? 'refused' : verdict(mediaErrorCode, this.#failure(), this.#excused())
  }

  #excused(): boolean {
    const entry = this.#queue.current
    return this.#hooks.gate.pending > 0 || (entry !== null && !this.#hooks.isUp(entry.home))
  }

  #listeningChanged(phase: ListeningPhase): void {
    if (phase.kind === 'refused') this.#refused(phase.refusal)
    // Closed under a track that still has something buffered: what is heard from now on belongs to a new listening.
    const entry = this.#queue.current
    if (phase.kind === 'closed' && entry && this.#deck.state.kind === 'playing') this.#openEarly(entry.home)
    this.#publish()
    this.#publishListening()
  }

  #refused(refusal: Refusal): void {
    if (refusal.why === 'noMinutes') this.#stop({ kind: 'noMinutes', words: t.engine.stopped.noMinutes, topUpUrl: TOP_UP_URL })
    else if (refusal.why === 'tooMany') this.#stop({ kind: 'tooMany', words: t.engine.stopped.tooMany, running: refusal.running })
    else if (refusal.why === 'stopped') this.#stop({ kind: 'error', trouble: WORDS.stoppedElsewhere })
    else if (refusal.why === 'signedOut') this.#stop({ kind: 'error', trouble: WORDS.refused })
    else this.#stop({ kind: 'error', trouble: { message: refusal.message, nextStep: '' } })
  }

  #applySound(): void {
    this.#deck.setVolume(this.#volume, this.#muted)
    this.#publish()
  }

  #publish(): void {
    this.#publishQueue()
    this.#state.set(this.#compose())
  }

  #publishQueue(): void {
    this.#queueState.set({ ...this.#queue.state, filling: this.#filler.filling })
  }

  #publishListening(): void {
    const { listening } = this.#hooks
    const home = this.#queue.current?.home ?? this.#hooks.home()
    const path = home ? this.#hooks.path(home) : null
    const phase = listening?.phase.get() ?? null
    this.#listeningState.set(listeningState(phase, listening?.playedMs ?? 0, path, this.#hooks.currency()))
  }

  #compose(): PlayerState {
    const entry = this.#queue.current
    return {
      status: this.#status(entry),
      entry,
      volume: this.#volume,
      muted: this.#muted,
      speed: this.#speed,
      hasNext: this.#queue.hasNext,
      hasPrevious: entry !== null,
      coverUrl: entry && this.#hooks.coverUrl(entry.home, entry.track, 512),
    }
  }

  #status(entry: QueueEntry | null): PlayStatus {
    return this.#stopped ?? playStatus({
      deck: this.#deck.state,
      phase: this.#hooks.listening?.phase.get() ?? null,
      homeIsUp: entry === null || this.#hooks.isUp(entry.home),
      waitsForLease: this.#hooks.gate.waitsForLease,
      failure: this.#failure(),
    })
  }

  /** The last failed read of the current track, by name. */
  #failure(): string | null {
    const id = this.#queue.current?.track.id
    return id === undefined ? null : (this.#hooks.gate.failure(id, this.#loadedAtMs)?.name ?? null)
  }
}
