/**
 * The queue that follows to the next browser: what plays here is written down at the portal, what played elsewhere is
 * offered here. Ids only; names come from the home, or from what this browser knows.
 */

import { backoffMs } from '../net/backoff'
import type { PlaylistsApi } from '../net/playlists-api'
import type { KeptQueue, NewQueue, QueueChanged, QueuePlace } from '../net/playlists-types'
import { ProblemError } from '../net/transport'
import { due, ENTRIES_MAX, windowFrom, type Here, type Told } from './handover-due'
import type { KnownTracks } from './known-tracks'
import { Cell } from './readable'
import type { PeerIdText, Player, Readable, Track } from './types'

/** A queue of another browser. */
export interface Offer {
  /** The current track as far as it is known here; `null` while no name is. */
  readonly track: Track | null
  readonly positionMs: number
  readonly songs: number
  /** Such as `Firefox on Windows`. */
  readonly device: string
  readonly updatedMs: number
  /** It sounds there now. */
  readonly playing: boolean
}

export interface Handover {
  /** `null` when there is nothing to go on with. */
  readonly offer: Readable<Offer | null>
  /** Goes on here, from where it was. */
  take(): void
  dismiss(): void
}

export interface HandoverHooks {
  api: PlaylistsApi
  /** Names this tab to the portal. */
  peer(): Promise<PeerIdText>
  player: Player & { restore(tracks: readonly Track[], index: number, positionMs: number, shuffle: boolean, repeat: KeptQueue['repeat']): void; refine(tracks: readonly Track[]): void }
  known: KnownTracks
  nowMs(): number
  random(): number
}

/** Changes close together go as one. */
const SETTLE_MS = 300
/** Two places in a song that are one to a listener. */
const SAME_PLACE_MS = 5_000

export class QueueHandover implements Handover {
  readonly #hooks: HandoverHooks
  readonly #offer = new Cell<Offer | null>(null)
  readonly #stops: (() => void)[] = []
  #kept: KeptQueue | null = null
  #told: Told | null = null
  #seq = 0
  #peer: PeerIdText | null = null
  /** A person did something with the queue of this tab. */
  #used = false
  /** Whose queue is not wanted here. */
  #dismissed: PeerIdText | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending = false
  #attempt = 0
  #resolving: AbortController | null = null

  constructor(hooks: HandoverHooks) {
    this.#hooks = hooks
  }

  get offer(): Readable<Offer | null> {
    return this.#offer
  }

  /** Somebody is signed in. */
  start(): void {
    const { player } = this.#hooks
    void this.#look()
    const later = (): void => this.#later(SETTLE_MS)
    this.#stops.push(player.queue.subscribe(later), player.state.subscribe(later), player.position.subscribe(later))
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#resolving?.abort()
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** Another player wrote its queue down, or the channel to the portal stands again. */
  changed(news: QueueChanged | null): void {
    if (news !== null && news.player === this.#peer) return
    if (!this.#plays) void this.#look()
  }

  /** The page goes away: the place, in a request that outlives it. */
  hide(): void {
    const here = this.#here()
    const told = this.#told
    if (!this.#used || !this.#peer || !told || here.index < 0 || due(told, here, this.#hooks.nowMs()) === 'all') return
    this.#hooks.api.lastQueue(this.#upload(this.#peer, { ...here, playing: false }, told.from, false))
  }

  take(): void {
    const kept = this.#kept
    if (!kept) return
    const { player, known } = this.#hooks
    this.#offer.set(null)
    this.#kept = null
    const tracks = kept.items.map((place) => known.lookOf(place))
    player.restore(tracks, kept.index, kept.position_ms, kept.shuffle, kept.repeat)
    void this.#name(kept.items, kept.index)
  }

  dismiss(): void {
    this.#dismissed = this.#kept?.player ?? null
    this.#offer.set(null)
    this.#resolving?.abort()
  }

  get #plays(): boolean {
    return this.#hooks.player.state.get().status.kind === 'playing'
  }

  async #look(): Promise<void> {
    const kept = await this.#hooks.api.queue().catch(() => null)
    if (!kept || kept.player === this.#peer || this.#plays) return
    if (kept.player === this.#dismissed) return
    const current = kept.items[kept.index]
    if (!current) return
    if (this.#isHere(kept, current)) return this.#offer.set(null)
    this.#kept = kept
    this.#show(kept, current)
    this.#resolving?.abort()
    const resolving = new AbortController()
    this.#resolving = resolving
    await this.#hooks.known.ask([current], resolving.signal).catch(() => undefined)
    if (!resolving.signal.aborted && this.#kept === kept && this.#offer.get()) this.#show(kept, current)
  }

  /** Whether this browser stands there already: an offer would lead nowhere. */
  #isHere(kept: KeptQueue, current: QueuePlace): boolean {
    const { entries, index, positionMs } = this.#here()
    const entry = entries[index]
    const isSame = entry?.home === current.home && entry.track.id === current.track && entries.length === kept.items.length
    return isSame && Math.abs(positionMs - kept.position_ms) < SAME_PLACE_MS
  }

  #show(kept: KeptQueue, current: QueuePlace): void {
    this.#offer.set({
      track: this.#hooks.known.get(current),
      positionMs: kept.position_ms,
      songs: kept.items.length,
      device: kept.device,
      updatedMs: kept.updated_ms,
      playing: kept.playing,
    })
  }

  /** Names come as the homes tell them: what plays first, then what comes, then what was. */
  async #name(places: readonly QueuePlace[], index: number): Promise<void> {
    const { known, player } = this.#hooks
    const resolving = new AbortController()
    this.#resolving = resolving
    const order = [...places.slice(index), ...places.slice(0, index).reverse()]
    await known.ask(order, resolving.signal, (tracks) => player.refine(tracks)).catch(() => undefined)
  }

  #here(): Here {
    const { player } = this.#hooks
    const { entries, index, shuffle, repeat } = player.queue.get()
    const { status, speed } = player.state.get()
    const { positionMs } = player.position.get()
    return { entries, index, positionMs, playing: status.kind === 'playing', speed, shuffle, repeat }
  }

  #later(ms: number): void {
    if (this.#timer !== undefined || this.#sending) return
    this.#timer = setTimeout(() => this.#again(), ms)
  }

  #again(): void {
    this.#timer = undefined
    void this.#tell()
  }

  async #tell(): Promise<void> {
    const here = this.#here()
    if (here.index >= 0) this.#used = true
    // Whoever plays here goes on with this.
    if (here.playing) this.#offer.set(null)
    // Cleared by a person: there is nothing to go on with anywhere.
    const cleared = here.index < 0 && this.#told !== null
    const what = due(this.#told, here, this.#hooks.nowMs())
    if ((what === null && !cleared) || !this.#used) return
    this.#sending = true
    try {
      this.#peer ??= await this.#hooks.peer()
      if (cleared) await this.#forget()
      else await this.#put(here, what === 'all')
      this.#attempt = 0
      // What changed meanwhile.
      this.#timer = setTimeout(() => this.#again(), SETTLE_MS)
    } catch (error) {
      if (error instanceof ProblemError && error.status === 409) this.#told = null
      this.#timer = setTimeout(() => this.#again(), backoffMs(++this.#attempt, this.#hooks.random()))
    } finally {
      this.#sending = false
    }
  }

  async #forget(): Promise<void> {
    await this.#hooks.api.forgetQueue()
    this.#told = null
  }

  async #put(here: Here, all: boolean): Promise<void> {
    const from = all || !this.#told ? windowFrom(here.entries.length, here.index) : this.#told.from
    const atMs = this.#hooks.nowMs()
    await this.#hooks.api.keepQueue(this.#upload(this.#peer ?? '', here, from, all))
    this.#told = { ...here, atMs, from }
    if (all) this.#hooks.known.remember(here.entries.slice(from, from + ENTRIES_MAX), here.index - from)
  }

  #upload(player: PeerIdText, here: Here, from: number, all: boolean): NewQueue {
    const { index, positionMs, playing, shuffle, repeat } = here
    const items = here.entries.slice(from, from + ENTRIES_MAX).map(({ home, track }) => ({ home, track: track.id }))
    return {
      player, seq: ++this.#seq, index: index - from, position_ms: Math.round(positionMs), playing, shuffle, repeat,
      ...(all ? { items } : {}),
    }
  }
}
