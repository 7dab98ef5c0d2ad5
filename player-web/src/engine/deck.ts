/**
 * Drives the one media element: loads, plays, resumes where it was after a failure, and counts what is heard. Knows
 * nothing of queues, minutes or homes.
 */

import { backoffMs } from '../net/backoff'
import { PlayedMeter } from './meter'
import type { Position } from './types'

/** Where media come from. */
export interface Source {
  url: string
  /** From the index, which knows better than the browser; 0 when unknown. */
  durationMs: number
}

export type DeckState =
  | { kind: 'empty' }
  | { kind: 'loading' }
  | { kind: 'playing' }
  | { kind: 'paused' }
  /** Wants to play and has nothing to play. */
  | { kind: 'starving' }
  | { kind: 'needsGesture' }
  /** `decode`: the bytes came and made no sense. */
  | { kind: 'failed'; why: 'network' | 'decode' | 'refused' }

export interface DeckHooks {
  changed(): void
  /** Position or buffer changed. */
  moved(): void
  ended(): void
  /** Media milliseconds that were heard. */
  heard(mediaMs: number): void
  /** What a failed load means: `retry` by itself, or final. Asked once per failure. */
  verdict(mediaErrorCode: number): 'retry' | 'decode' | 'refused'
  /** Whether reads are under way or the home is away: then silence is no fault of the element. */
  excused(): boolean
}

/** A starving element without any read under way for so long has lost its way: it is loaded anew. */
const STUCK_MS = 20_000
/** Tries of one place in a track before it is called failed. */
const TRIES_MAX = 6
/** First wait before a failed load is tried again. */
const RETRY_FIRST_MS = 1_000
const RETRY_CAP_MS = 15_000

export class Deck {
  readonly #hooks: DeckHooks
  readonly #meter = new PlayedMeter()
  readonly #unlisten: (() => void)[] = []
  #element: HTMLMediaElement | null = null
  #source: Source | null = null
  #state: DeckState = { kind: 'empty' }
  #wantsPlay = false
  /** Where to go when the metadata are there; `null` when the element is where it should be. */
  #resumeMs: number | null = null
  #tries = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setInterval> | undefined
  #starvingSinceMs = 0
  #volume = 1
  #muted = false
  #speed = 1

  constructor(hooks: DeckHooks) {
    this.#hooks = hooks
  }

  get state(): DeckState {
    return this.#state
  }

  get wantsPlay(): boolean {
    return this.#wantsPlay
  }

  get position(): Position {
    const positionMs = this.#positionMs()
    const known = this.#source?.durationMs ?? 0
    const own = (this.#element?.duration ?? NaN) * 1000
    const durationMs = known > 0 ? known : Number.isFinite(own) ? Math.round(own) : 0
    return { positionMs, durationMs, bufferedMs: Math.max(positionMs, this.#bufferedEndMs(positionMs)) }
  }

  /** The element can go on from where it is. */
  get flows(): boolean {
    return (this.#element?.readyState ?? 0) >= HTMLMediaElement.HAVE_FUTURE_DATA
  }

  attach(element: HTMLMediaElement): () => void {
    this.#detach()
    this.#element = element
    element.preload = 'auto'
    this.#applySound()
    const on = (name: keyof HTMLMediaElementEventMap, run: () => void): void => {
      element.addEventListener(name, run)
      this.#unlisten.push(() => element.removeEventListener(name, run))
    }
    on('loadedmetadata', () => this.#metadata())
    on('playing', () => this.#playing())
    on('pause', () => this.#paused())
    on('waiting', () => this.#starve())
    on('timeupdate', () => this.#time())
    on('seeked', () => this.#time())
    on('progress', () => this.#hooks.moved())
    on('ended', () => this.#ended())
    on('error', () => this.#failed())
    this.#watch = setInterval(() => this.#lookAfter(), 1_000)
    if (this.#source) this.#start(this.#source, this.#resumeMs ?? 0)
    return () => {
      if (this.#element === element) this.#detach()
    }
  }

  load(source: Source, atMs: number, play: boolean): void {
    this.#count()
    this.#meter.stop()
    this.#wantsPlay = play
    this.#tries = 0
    this.#start(source, atMs)
  }

  unload(): void {
    this.#count()
    this.#meter.stop()
    clearTimeout(this.#retry)
    this.#source = null
    this.#wantsPlay = false
    this.#resumeMs = null
    const element = this.#element
    if (element?.hasAttribute('src')) {
      element.removeAttribute('src')
      element.load()
    }
    this.#set({ kind: 'empty' })
  }

  play(): void {
    if (!this.#source) return
    this.#wantsPlay = true
    if (this.#state.kind === 'failed') {
      this.#tries = 0
      return this.#start(this.#source, this.#positionMs())
    }
    // A source that was only chosen is loaded with the first play.
    if (this.#element && !this.#element.hasAttribute('src')) return this.#start(this.#source, this.#resumeMs ?? 0)
    this.#playElement()
  }

  pause(): void {
    this.#wantsPlay = false
    clearTimeout(this.#retry)
    this.#count()
    this.#meter.stop()
    this.#element?.pause()
    if (this.#state.kind !== 'empty' && this.#state.kind !== 'failed') this.#set({ kind: 'paused' })
  }

  seek(positionMs: number): void {
    this.#count()
    this.#meter.stop()
    const toMs = Math.max(0, Math.min(positionMs, this.position.durationMs || positionMs))
    const element = this.#element
    if (element && element.readyState >= HTMLMediaElement.HAVE_METADATA) {
      element.currentTime = toMs / 1000
      if (this.#state.kind === 'playing') this.#meter.start(performance.now(), toMs)
    } else this.#resumeMs = toMs
    this.#hooks.moved()
  }

  setVolume(volume: number, muted: boolean): void {
    this.#volume = volume
    this.#muted = muted
    this.#applySound()
  }

  setSpeed(speed: number): void {
    this.#count()
    this.#speed = speed
    this.#applySound()
  }

  /** The home is back: do not wait for the next try. */
  wake(): void {
    if (this.#source && this.#wantsPlay && this.#retryWaits) this.#again()
  }

  /** Counts what was heard since the last look. */
  count(): void {
    this.#count()
  }

  get #retryWaits(): boolean {
    return this.#state.kind === 'loading' && this.#retryPending
  }

  #retryPending = false

  #start(source: Source, atMs: number): void {
    clearTimeout(this.#retry)
    this.#retryPending = false
    this.#source = source
    this.#resumeMs = atMs
    const element = this.#element
    if (!this.#wantsPlay || !element) {
      // Loaded with the first play: reading media opens a listening, which costs.
      if (element?.hasAttribute('src')) element.removeAttribute('src')
      return this.#set({ kind: this.#wantsPlay ? 'loading' : 'paused' })
    }
    this.#set({ kind: 'loading' })
    this.#starvingSinceMs = performance.now()
    element.src = source.url
    element.load()
    this.#applySound()
    this.#playElement()
  }

  #playElement(): void {
    const element = this.#element
    if (!element) return
    element.play().catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return // `error` tells, or a new load.
      this.#wantsPlay = false
      this.#set({ kind: 'needsGesture' })
    })
    if (this.#state.kind === 'paused' || this.#state.kind === 'needsGesture') this.#set({ kind: 'loading' })
  }

  #metadata(): void {
    const element = this.#element
    if (!element || this.#resumeMs === null) return
    if (this.#resumeMs > 0) element.currentTime = this.#resumeMs / 1000
    this.#resumeMs = null
    this.#hooks.moved()
  }

  #playing(): void {
    if (!this.#wantsPlay) return this.#element?.pause()
    this.#meter.start(performance.now(), this.#positionMs())
    this.#set({ kind: 'playing' })
  }

  /** The browser paused on its own: headphones pulled, another app, a call. */
  #paused(): void {
    const element = this.#element
    if (!element || element.ended || element.error || this.#state.kind !== 'playing') return
    this.#count()
    this.#meter.stop()
    this.#wantsPlay = false
    this.#set({ kind: 'paused' })
  }

  #starve(): void {
    if (!this.#wantsPlay || this.#state.kind !== 'playing') return
    this.#count()
    this.#meter.stop()
    this.#starvingSinceMs = performance.now()
    this.#set({ kind: 'starving' })
  }

  #time(): void {
    if (this.#state.kind === 'playing') {
      this.#count()
      this.#tries = 0
    }
    this.#hooks.moved()
  }

  #ended(): void {
    this.#count()
    this.#meter.stop()
    this.#wantsPlay = false
    this.#set({ kind: 'paused' })
    this.#hooks.ended()
  }

  #failed(): void {
    const code = this.#element?.error?.code
    if (!this.#source || code === undefined || !this.#element?.hasAttribute('src')) return
    this.#count()
    this.#meter.stop()
    this.#resumeMs = this.#positionMs()
    const verdict = this.#hooks.verdict(code)
    if (verdict !== 'retry' || (this.#tries >= TRIES_MAX && !this.#hooks.excused())) {
      this.#wantsPlay = false
      return this.#set({ kind: 'failed', why: verdict === 'retry' ? 'network' : verdict })
    }
    if (!this.#wantsPlay) {
      // Failed while paused: loaded again with the next play.
      this.#element.removeAttribute('src')
      return this.#set({ kind: 'paused' })
    }
    this.#tries++
    this.#set({ kind: 'loading' })
    this.#retryPending = true
    this.#retry = setTimeout(() => this.#again(), backoffMs(this.#tries, Math.random(), RETRY_FIRST_MS, RETRY_CAP_MS))
  }

  #again(): void {
    if (this.#source) this.#start(this.#source, this.#positionMs())
  }

  /** A starving element that nobody feeds is loaded anew at its place. */
  #lookAfter(): void {
    const starving = this.#state.kind === 'starving' || (this.#state.kind === 'loading' && !this.#retryPending)
    if (!starving || !this.#wantsPlay || this.#hooks.excused()) {
      this.#starvingSinceMs = performance.now()
      return
    }
    if (performance.now() - this.#starvingSinceMs >= STUCK_MS) this.#again()
  }

  #count(): void {
    const heardMs = this.#meter.advance(performance.now(), this.#positionMs(), this.#speed)
    if (heardMs > 0) this.#hooks.heard(heardMs)
  }

  #positionMs(): number {
    if (this.#resumeMs !== null) return this.#resumeMs
    return Math.round((this.#element?.currentTime ?? 0) * 1000)
  }

  #bufferedEndMs(positionMs: number): number {
    const ranges = this.#element?.buffered
    for (let i = 0; ranges && i < ranges.length; i++) {
      const [start, end] = [ranges.start(i) * 1000, ranges.end(i) * 1000]
      if (start <= positionMs + 250 && end >= positionMs) return Math.round(end)
    }
    return positionMs
  }

  #applySound(): void {
    const element = this.#element
    if (!element) return
    element.volume = this.#volume
    element.muted = this.#muted
    element.defaultPlaybackRate = this.#speed
    element.playbackRate = this.#speed
  }

  #set(state: DeckState): void {
    if (state.kind === this.#state.kind && state.kind !== 'failed') return
    this.#state = state
    this.#hooks.changed()
  }

  #detach(): void {
    this.#count()
    this.#meter.stop()
    clearInterval(this.#watch)
    if (this.#source && this.#resumeMs === null) this.#resumeMs = this.#positionMs()
    for (const stop of this.#unlisten.splice(0)) stop()
    this.#element = null
  }
}
