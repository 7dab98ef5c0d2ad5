/**
 * The listening of this tab: opened with the first play, kept by heartbeats that carry cumulative media time, closed
 * when the page goes. Heartbeats run one at a time from one timer; a portal that is away is asked again and again, and
 * nothing is lost meanwhile because every beat carries the whole sum.
 */

import { backoffMs } from '../net/backoff'
import type { Heartbeat, Lease, PeerIdText, RelayAccess, RowId, RunningListening } from '../net/portal-types'
import { ProblemError } from '../net/transport'
import { t } from '../words/spoken'
import { Cell, until } from './readable'
import type { Readable } from './types'

/** Time between two heartbeats, as `protocol/src/lease.rs` has it. */
export const HEARTBEAT_MS = 20_000
/** A pause so long ends the listening, as the portal would. */
const IDLE_MS = 15 * 60_000
/** First wait after a failed request, and the longest: never longer than a heartbeat. */
const RETRY_FIRST_MS = 1_000
/** The portal closes what is silent for 90 s; whoever beat within this time was stopped by a person. */
const SILENT_MS = 60_000
/** A grant with less than this left is renewed before it is used. */
const GRANT_MARGIN_MS = 10_000

/** The portal, as a listening needs it. */
export interface ListeningPort {
  open(home: PeerIdText, idempotencyKey: string): Promise<Lease>
  beat(id: RowId, beat: Heartbeat): Promise<Lease>
  close(id: RowId, playedMs: number): Promise<void>
  beacon(id: RowId, playedMs: number): void
  running(): Promise<RunningListening[]>
}

export interface ListeningHooks {
  /** The home's signed report of the path in use; `null` when it cannot be had now. */
  pathReport(home: PeerIdText, grant: string): Promise<string | null>
  /** Media milliseconds fetched ahead. */
  bufferedMs(): number
  /** Every answer renews the relay's admission. */
  relay(home: PeerIdText, relay: RelayAccess, timeMs: number): void
  nowMs(): number
  /** Unix milliseconds: unlike {@link nowMs} it goes on while the machine sleeps. */
  wallMs(): number
  random(): number
  /** A fresh idempotency key. */
  key(): string
}

/** Why no listening can be had. */
export type Refusal =
  | { why: 'noMinutes' }
  | { why: 'tooMany'; running: RunningListening[] }
  | { why: 'signedOut' }
  /** From another player of this account. */
  | { why: 'stopped' }
  | { why: 'other'; message: string }

export type ListeningPhase =
  | { kind: 'closed' }
  /** `portalAway` after a try that got no answer. */
  | { kind: 'opening'; home: PeerIdText; portalAway: boolean }
  | { kind: 'open'; home: PeerIdText; lease: Lease; portalAway: boolean }
  | { kind: 'refused'; refusal: Refusal }

/** No grant can be had; {@link Listening.phase} tells why. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(`no listening: ${refusal.why}`)
  }
}

export class Listening {
  readonly #port: ListeningPort
  readonly #hooks: ListeningHooks
  readonly #phase = new Cell<ListeningPhase>({ kind: 'closed' })
  #playedMs = 0
  #seq = 0
  #playing = false
  #away = false
  #pausedSinceMs = 0
  /** When the present grant ends, by {@link ListeningHooks.nowMs}. */
  #grantEndsAtMs = 0
  /** When the portal last answered, by {@link ListeningHooks.wallMs}. */
  #heardAtMs = 0
  #running: Promise<void> | null = null
  #again = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(port: ListeningPort, hooks: ListeningHooks) {
    this.#port = port
    this.#hooks = hooks
  }

  get phase(): Readable<ListeningPhase> {
    return this.#phase
  }

  /** Cumulative in the present listening. */
  get playedMs(): number {
    return Math.floor(this.#playedMs)
  }

  /** Adds media time that was heard. */
  advance(mediaMs: number): void {
    this.#playedMs += mediaMs
  }

  setPlaying(playing: boolean): void {
    if (playing === this.#playing) return
    this.#playing = playing
    if (!playing) this.#pausedSinceMs = this.#hooks.nowMs()
    this.beat()
  }

  /**
   * A grant to read media of that home. Opens a listening when there is none, and waits for a portal that is away.
   * Rejects with {@link Refused} or the signal's reason.
   */
  async grant(home: PeerIdText, signal: AbortSignal): Promise<string> {
    if (this.#away) throw new Refused({ why: 'other', message: t.engine.pageCloses })
    const phase = this.#phase.get()
    if (phase.kind === 'open' && phase.home !== home) this.close()
    if (this.#phase.get().kind === 'closed') void this.#open(home)
    const settled = await until(this.#phase, (now) => now.kind !== 'opening', signal)
    if (settled.kind === 'refused') throw new Refused(settled.refusal)
    if (settled.kind !== 'open') throw new Refused({ why: 'other', message: t.engine.listeningEnded })
    if (this.#grantEndsAtMs - this.#hooks.nowMs() < GRANT_MARGIN_MS) {
      // One try. A home that has lost the portal too honours an old grant for a while: let it decide.
      await this.beatNow()
    }
    const now = this.#phase.get()
    return now.kind === 'open' ? now.lease.grant : this.grant(home, signal)
  }

  /** The home refused the grant: one heartbeat for a new one. */
  async renew(home: PeerIdText, signal: AbortSignal): Promise<string> {
    await this.beatNow()
    return this.grant(home, signal)
  }

  /** A heartbeat soon: play, pause, seek, track change, hide. */
  beat(): void {
    void this.beatNow()
  }

  /** Resolves when a heartbeat that knows of now has been answered or has failed. */
  async beatNow(): Promise<void> {
    if (this.#phase.get().kind !== 'open') return
    if (this.#running) {
      this.#again = true
      await this.#running
      return
    }
    this.#running = this.#beatLoop()
    await this.#running
  }

  /** A person wants to play: what was refused may be asked again. */
  forgive(): void {
    if (this.#phase.get().kind === 'refused') this.#phase.set({ kind: 'closed' })
  }

  /** The portal is back, or money came: do not wait for the timer. */
  wake(): void {
    this.#failures = 0
    if (this.#phase.get().kind === 'open') this.beat()
  }

  /** The portal has closed it: for its silence, as after sleep, or because somebody stopped it from another player. */
  closedElsewhere(id: RowId): void {
    if (!this.#holds(id)) return
    this.#ended()
    if (this.#hooks.wallMs() - this.#heardAtMs > SILENT_MS) return
    this.#phase.set({ kind: 'refused', refusal: { why: 'stopped' } })
  }

  /** Ends the listening; what was heard is told. */
  close(): void {
    const phase = this.#phase.get()
    clearTimeout(this.#timer)
    if (phase.kind === 'open') this.#port.close(phase.lease.id, this.playedMs).catch(() => undefined)
    this.#ended()
  }

  /** The page goes away. What still sounds or is fetched until it is gone opens nothing anew. */
  pageHide(): void {
    this.#away = true
    const phase = this.#phase.get()
    if (phase.kind !== 'open') return
    this.#port.beacon(phase.lease.id, this.playedMs)
    this.#ended()
  }

  /** The page is back as it was: the browser had kept it. */
  pageShow(): void {
    this.#away = false
  }

  async #open(home: PeerIdText): Promise<void> {
    const opening: ListeningPhase = { kind: 'opening', home, portalAway: false }
    this.#phase.set(opening)
    let key = this.#hooks.key()
    let phase: ListeningPhase = opening
    for (let attempt = 1; this.#phase.get() === phase; attempt++) {
      try {
        const lease = await this.#port.open(home, key)
        if (this.#phase.get() !== phase) return void this.#port.close(lease.id, 0).catch(() => undefined)
        return this.#opened(home, lease)
      } catch (error) {
        if (this.#phase.get() !== phase) return
        // The first answer was lost, and the listening it opened has ended since.
        if (error instanceof ProblemError && error.is('listening-closed')) key = this.#hooks.key()
        const refusal = await this.#refusal(error)
        if (refusal) return this.#phase.set({ kind: 'refused', refusal })
        phase = { kind: 'opening', home, portalAway: true }
        this.#phase.set(phase)
        await sleep(backoffMs(attempt, this.#hooks.random(), RETRY_FIRST_MS, HEARTBEAT_MS))
      }
    }
  }

  #opened(home: PeerIdText, lease: Lease): void {
    this.#seq = 0
    this.#failures = 0
    this.#pausedSinceMs = this.#hooks.nowMs()
    this.#take(home, lease)
    this.#schedule(HEARTBEAT_MS)
  }

  #take(home: PeerIdText, lease: Lease): void {
    this.#grantEndsAtMs = this.#hooks.nowMs() + (lease.expires_ms - lease.time_ms)
    this.#heardAtMs = this.#hooks.wallMs()
    this.#hooks.relay(home, lease.relay, lease.time_ms)
    this.#phase.set({ kind: 'open', home, lease, portalAway: false })
  }

  async #beatLoop(): Promise<void> {
    try {
      do {
        this.#again = false
        await this.#beatOnce()
      } while (this.#again && this.#failures === 0 && this.#phase.get().kind === 'open')
    } finally {
      this.#running = null
    }
  }

  async #beatOnce(): Promise<void> {
    clearTimeout(this.#timer)
    const phase = this.#phase.get()
    if (phase.kind !== 'open') return
    const { home, lease } = phase
    const report = await this.#hooks.pathReport(home, lease.grant)
    if (!this.#holds(lease.id)) return
    const beat: Heartbeat = {
      seq: ++this.#seq,
      played_ms: this.playedMs,
      buffered_ms: Math.max(0, Math.round(this.#hooks.bufferedMs())),
      playing: this.#playing,
      path_report: report,
    }
    try {
      const renewed = await this.#port.beat(lease.id, beat)
      if (!this.#holds(lease.id)) return
      this.#failures = 0
      this.#take(home, renewed)
      this.#schedule(HEARTBEAT_MS)
    } catch (error) {
      if (this.#holds(lease.id)) await this.#beatFailed(error, phase)
    }
  }

  async #beatFailed(error: unknown, phase: ListeningPhase & { kind: 'open' }): Promise<void> {
    if (error instanceof ProblemError && error.is('listening-closed', 'not-found')) return this.#ended()
    const refusal = await this.#refusal(error)
    if (refusal) {
      this.#ended()
      return this.#phase.set({ kind: 'refused', refusal })
    }
    this.#failures++
    this.#phase.set({ ...phase, portalAway: true })
    this.#schedule(backoffMs(this.#failures, this.#hooks.random(), RETRY_FIRST_MS, HEARTBEAT_MS))
  }

  /** `null` for what passes: no answer, a portal that restarts, too many tries. */
  async #refusal(error: unknown): Promise<Refusal | null> {
    if (!(error instanceof ProblemError) || error.status >= 500) return null
    if (error.is('too-many-requests', 'listening-closed')) return null
    if (error.is('no-minutes', 'sender-out-of-minutes')) return { why: 'noMinutes' }
    if (error.is('too-many-listenings')) {
      return { why: 'tooMany', running: await this.#port.running().catch(() => []) }
    }
    if (error.status === 401) return { why: 'signedOut' }
    return { why: 'other', message: error.message }
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const idle = !this.#playing && this.#hooks.nowMs() - this.#pausedSinceMs >= IDLE_MS
      if (idle) this.close()
      else this.beat()
    }, ms)
  }

  #holds(id: RowId): boolean {
    const phase = this.#phase.get()
    return phase.kind === 'open' && phase.lease.id === id
  }

  #ended(): void {
    clearTimeout(this.#timer)
    this.#playedMs = 0
    this.#phase.set({ kind: 'closed' })
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
