/** What the player says it does, from what its parts know. Pure. */

import { t } from '../words/spoken'
import type { DeckState } from './deck'
import type { ListeningPhase } from './listening'
import type { ListeningState, PathKind, PlayStatus, Position, Trouble } from './types'
import { WORDS } from './words'

export interface Facts {
  deck: DeckState
  /** `null` where nothing is metered. */
  phase: ListeningPhase | null
  homeIsUp: boolean
  waitsForLease: boolean
  /** Name of the last failed read's problem; `null` when none failed. */
  failure: string | null
}

export function playStatus(facts: Facts): PlayStatus {
  switch (facts.deck.kind) {
    case 'empty':
      return { kind: 'idle' }
    case 'playing':
    case 'paused':
      return { kind: facts.deck.kind }
    case 'needsGesture':
      return { kind: 'needsGesture', words: t.engine.stopped.gesture }
    case 'failed':
      return { kind: 'error', trouble: failedWords(facts.deck.why, facts.failure) }
    case 'loading':
    case 'starving':
      return waiting(facts)
  }
}

function waiting({ deck, phase, homeIsUp, waitsForLease }: Facts): PlayStatus {
  const away = (phase?.kind === 'opening' || phase?.kind === 'open') && phase.portalAway
  if (away) return { kind: 'waiting', why: 'portal', words: t.engine.waiting.portal }
  if (!homeIsUp) return { kind: 'waiting', why: 'home', words: t.engine.waiting.home }
  if (waitsForLease) return { kind: 'waiting', why: 'lease', words: t.engine.waiting.lease }
  return deck.kind === 'loading' ? { kind: 'loading' } : { kind: 'waiting', why: 'buffering', words: t.engine.waiting.buffering }
}

function failedWords(why: 'network' | 'decode' | 'refused', failure: string | null): Trouble {
  if (why === 'decode') return WORDS.unplayable
  if (failure === 'media-gone' || failure === 'not-found') return WORDS.gone
  return why === 'refused' ? WORDS.refused : WORDS.gaveUp
}

/** Failures that trying again does not mend. */
const FINAL_FAILURES: ReadonlySet<string> = new Set([
  'media-gone', 'not-found', 'grant-revoked', 'forbidden', 'no-minutes', 'bad-request', 'not-activated',
])

/** What a failed load means. `code` is the media element's; `excused`: reads are under way or the home is away. */
export function verdict(code: number, failure: string | null, excused: boolean): 'retry' | 'decode' | 'refused' {
  /** `MediaError.MEDIA_ERR_NETWORK`. */
  const NETWORK = 2
  if (failure !== null && FINAL_FAILURES.has(failure)) return 'refused'
  if (failure !== null || excused || code === NETWORK) return 'retry'
  return 'decode'
}

export const NOT_LISTENING: ListeningState = {
  open: false, leftMs: null, priceMicros: null, currency: null, path: null, rttMs: null, final: false, playOutMs: null,
  playedMs: 0,
}

/** The listening as shown: what was heard since the portal's last answer is taken off by this page. */
export function listeningState(
  phase: ListeningPhase | null,
  playedMs: number,
  path: { path: PathKind; rttMs: number | null } | null,
  currency: string | null,
): ListeningState {
  const base: ListeningState = { ...NOT_LISTENING, path: path?.path ?? null, rttMs: path?.rttMs ?? null, currency }
  if (phase?.kind !== 'open') return base
  const { lease } = phase
  const sinceLeaseMs = Math.max(0, playedMs - lease.played_ms)
  return {
    ...base,
    open: true,
    leftMs: Math.max(0, lease.balance_ms - sinceLeaseMs),
    priceMicros: lease.price_micros,
    final: lease.final,
    playOutMs: lease.final ? Math.max(0, (lease.play_out_ms ?? 0) - sinceLeaseMs) : null,
    playedMs,
  }
}

/** What becomes of the current item when no other minute can be paid. */
export type Ending =
  | { kind: 'playsToItsEnd' }
  | { kind: 'stopsLater' }
  /** In about so many minutes of the clock, 1 to {@link WARNED_MINUTES}. */
  | { kind: 'stopsSoon'; minutes: number }

/** An item that stops before its end is spoken of so long before. */
const WARNED_MINUTES = 3

/** `playOutMs` of media may still be played; a length that is not known is taken for longer. */
export function ending(playOutMs: number, { positionMs, durationMs }: Position, speed: number): Ending {
  if (durationMs > 0 && durationMs - positionMs <= playOutMs) return { kind: 'playsToItsEnd' }
  const minutes = Math.max(1, Math.round(playOutMs / speed / 60_000))
  return minutes > WARNED_MINUTES ? { kind: 'stopsLater' } : { kind: 'stopsSoon', minutes }
}
