/**
 * Answers what the service worker asks of this page: covers with the browse grant, media within a listening. Media
 * reads wait rather than fail: for a home that comes back, for the next minute, for the ear to catch up. Pictures inside
 * of media are not asked of the home: see `pictures.ts`.
 */

import {
  problemOf, readAll, TransportError, type HomeRequest, type HomeResponse, type HomeTransport,
} from '../net/transport'
import { CHUNK_BYTES_MAX, cutRange, firstByte, parseContentRange, parseRange, type ByteRange } from '../worker/range'
import type { AskPage } from '../worker/wire'
import { chunkBytes, mustWait, type Progress, type Run } from './pace'
import { Shelf } from './picture-shelf'
import { answerInPieces } from './pieces'
import { aheadOf, soundBytes } from './sound'
import type { PeerIdText, Track } from './types'

/** A read that waits for home or portal is answered after this time, so that the browser does not end the worker. */
const HOLD_MS = 60_000
/** A read that waits for the ear; the worker may live five minutes for one request. */
const PACE_HOLD_MS = 240_000
/** How often a waiting read looks again. */
const LOOK_AGAIN_MS = 500
/** Longest wait that a home may ask for with `Retry-After`. */
const RETRY_AFTER_MAX_S = 10
/** Longest problem document. */
const PROBLEM_BYTES_MAX = 16 * 1024
/** A cover that takes longer leaves its place empty. */
const COVER_HOLD_MS = 20_000

export interface GateHooks {
  /** The link to a home; `null` for one that this page does not know. */
  transport(home: PeerIdText): HomeTransport | null
  /** Resolves when that home is connected. */
  whenUp(home: PeerIdText, signal: AbortSignal): Promise<void>
  grant(home: PeerIdText, signal: AbortSignal): Promise<string>
  renewGrant(home: PeerIdText, signal: AbortSignal): Promise<string>
  /** The track that plays, and how far it is; `null` for one that does not play now. */
  playing(id: string): { track: Track; progress: Progress } | null
  /**
   * A read waits for the next minute: tell the portal at once what was heard; resolves when it has answered. `starved`
   * when that did not help and nothing is left to hear: only another listening brings the song on.
   */
  aheadOfLease(starved: boolean): Promise<void>
}

/** Why the last read of a track failed: a problem's name, or `lost`. */
export interface Failure {
  id: string
  name: string
  atMs: number
}

export class MediaGate {
  readonly #hooks: GateHooks
  readonly #shelf = new Shelf()
  #failure: Failure | null = null
  /** The run of reads that feeds the element now. */
  #run: (Run & { id: string }) | null = null
  #pending = 0
  #waitsForLease = 0

  constructor(hooks: GateHooks) {
    this.#hooks = hooks
  }

  /** The last failed read of that track since `sinceMs` (`performance.now()`). */
  failure(id: string, sinceMs: number): Failure | null {
    return this.#failure?.id === id && this.#failure.atMs >= sinceMs ? this.#failure : null
  }

  /** Media reads under way. */
  get pending(): number {
    return this.#pending
  }

  get waitsForLease(): boolean {
    return this.#waitsForLease > 0
  }

  /** `null` when this page does not know the home. */
  serve(ask: AskPage, signal: AbortSignal): Promise<HomeResponse> | null {
    if (!this.#hooks.transport(ask.home)) return null
    const media = /^\/v1\/media\/([A-Za-z0-9_-]{22})$/.exec(ask.path)
    return media ? this.#media(ask, media[1] as string, signal) : this.#other(ask, signal)
  }

  async #other(ask: AskPage, signal: AbortSignal): Promise<HomeResponse> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(COVER_HOLD_MS)])
    await this.#hooks.whenUp(ask.home, limit)
    return this.#send(ask.home, { path: ask.path, method: ask.method, priority: 'cover', signal: limit })
  }

  #media(ask: AskPage, id: string, signal: AbortSignal): Promise<HomeResponse> {
    return this.#underWay(id, signal, async () => {
      await this.#pace(ask, id, signal)
      const response = await this.#answer(ask, id, signal)
      const range = parseContentRange(response.headers.get('content-range'))
      if (range) this.#goesOn(id, range)
      if (response.status >= 400) await this.#note(id, response)
      return response
    })
  }

  /** Counts a read as under way, and keeps that it failed. */
  async #underWay<T>(id: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    this.#pending++
    try {
      return await run()
    } catch (error) {
      if (!signal.aborted) this.#failure = { id, name: 'lost', atMs: performance.now() }
      throw error instanceof TransportError ? error : new TransportError('offline', 'The home cannot be reached.')
    } finally {
      this.#pending--
    }
  }

  #answer(ask: AskPage, id: string, signal: AbortSignal): Promise<HomeResponse> {
    const track = this.#hooks.playing(id)?.track
    const bytesMax = track ? chunkBytes(soundBytes(track), track.duration_ms) : CHUNK_BYTES_MAX
    const hidden = track && ask.method === 'GET' ? this.#shelf.of(ask.home, track) : null
    const asked = hidden && parseRange(ask.range, hidden.sizeBytes)
    if (!hidden || asked?.kind !== 'part') return this.#held(ask, id, cutRange(ask.range, bytesMax), signal)
    const read = ({ first, last }: ByteRange): Promise<HomeResponse> =>
      this.#underWay(id, signal, () => this.#held(ask, id, `bytes=${first}-${last}`, signal))
    return answerInPieces(hidden, asked.range, bytesMax, read)
  }

  /** One answer of the home; waited for, but not for ever. */
  async #held(ask: AskPage, id: string, range: string | null, signal: AbortSignal): Promise<HomeResponse> {
    const held = new AbortController()
    const timer = setTimeout(() => held.abort(new TransportError('late', 'The home cannot be reached.')), HOLD_MS)
    try {
      return await this.#persist(ask, id, range, AbortSignal.any([signal, held.signal]), signal)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Waits until the ear has caught up; when it turns to another song meanwhile, until the element gives this one up. */
  async #pace(ask: AskPage, id: string, signal: AbortSignal): Promise<void> {
    const first = ask.range === null ? null : firstByte(ask.range)
    const untilMs = performance.now() + PACE_HOLD_MS
    for (let waited = false; performance.now() <= untilMs; waited = true) {
      const playing = this.#hooks.playing(id)
      const run = this.#run?.id === id ? this.#run : null
      if (playing ? !mustWait(first, run, this.#progress(ask, playing, first)) : !waited) return
      await sleep(LOOK_AGAIN_MS, signal)
    }
  }

  /** A browser takes a picture that it skipped for a gap in the sound, and one that it read for sound. */
  #progress(ask: AskPage, { track, progress }: { track: Track; progress: Progress }, first: number | null): Progress {
    if (first === null) return progress
    const pictures = this.#shelf.of(ask.home, track)?.pictures ?? null
    return { ...progress, aheadMs: aheadOf(track, first, pictures, progress.positionMs, progress.aheadMs) }
  }

  #goesOn(id: string, range: { first: number; last: number }): void {
    const run = this.#run
    const continues = run !== null && run.id === id && run.at === range.first
    const fromMs = continues ? run.fromMs : (this.#hooks.playing(id)?.progress.positionMs ?? 0)
    this.#run = { id, at: range.last + 1, fromMs }
  }

  /** Asks until there is an answer. `hold` ends the waiting, `signal` says that nobody wants it any longer. */
  async #persist(
    ask: AskPage, id: string, range: string | null, hold: AbortSignal, signal: AbortSignal,
  ): Promise<HomeResponse> {
    let grant = await this.#hooks.grant(ask.home, hold)
    for (let renewed = false, waits = 0; ; ) {
      await this.#hooks.whenUp(ask.home, hold)
      let response: HomeResponse
      try {
        response = await this.#send(ask.home, requestOf(ask, range, grant, signal))
      } catch (error) {
        hold.throwIfAborted()
        if (error instanceof TransportError && error.kind === 'malformed') throw error
        await sleep(LOOK_AGAIN_MS, hold)
        continue
      }
      if (response.status === 401 && !renewed) {
        renewed = true
        response.body.cancel()
        grant = await this.#hooks.renewGrant(ask.home, hold)
      } else if (response.status === 429) {
        grant = await this.#waitForLease(ask.home, id, response, waits++, hold)
      } else return response
    }
  }

  /** A starving ear gets a heartbeat, then another listening, both at once; after that, and else, the home's wait holds. */
  async #waitForLease(
    home: PeerIdText, id: string, response: HomeResponse, waits: number, hold: AbortSignal,
  ): Promise<string> {
    const asked = Number(response.headers.get('retry-after') ?? '1')
    const starves = this.#hooks.playing(id)?.progress.flows === false
    response.body.cancel()
    this.#waitsForLease++
    try {
      await this.#hooks.aheadOfLease(starves && waits === 1)
      const waitS = starves && waits < 2 ? 0 : Math.min(Math.max(asked || 1, 1), RETRY_AFTER_MAX_S)
      await sleep(waitS * 1000, hold)
      return await this.#hooks.grant(home, hold)
    } finally {
      this.#waitsForLease--
    }
  }

  #send(home: PeerIdText, request: HomeRequest): Promise<HomeResponse> {
    const transport = this.#hooks.transport(home)
    if (!transport) throw new TransportError('offline', 'The home is not connected.')
    return transport.request(request)
  }

  /** Keeps a refusal's name for the deck, and its document for the worker. */
  async #note(id: string, response: HomeResponse): Promise<void> {
    const bytes = await readAll(response.body, PROBLEM_BYTES_MAX)
    let json: unknown = null
    try {
      json = JSON.parse(new TextDecoder().decode(bytes))
    } catch {
      // Not a problem document: its status is all there is.
    }
    this.#failure = { id, name: problemOf(response.status, json, null).name_, atMs: performance.now() }
    let rest: Uint8Array | null = bytes
    response.body = {
      read: () => {
        const part = rest
        rest = null
        return Promise.resolve(part)
      },
      cancel: () => undefined,
    }
  }
}

function requestOf(ask: AskPage, range: string | null, grant: string, signal: AbortSignal): HomeRequest {
  return { path: ask.path, method: ask.method, priority: 'media', signal, grant, headers: range === null ? {} : { range } }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
