/**
 * When a link to a home is dialled, kept and dialled again: a state machine without clock, network or chance. The shell
 * in `link.ts` carries its effects out and tells it what happened.
 */

import { backoffMs } from './backoff'

/** Why a try failed, by the step that failed. */
export type Cause =
  /** The portal did not answer. */
  | { kind: 'portal' }
  /** The portal answered, the WebSocket to its relay did not come up. */
  | { kind: 'relay' }
  /** The relay does not know the home now. `lastSeenMs` is `null` when never. */
  | { kind: 'home'; lastSeenMs: number | null }
  | { kind: 'clock'; skewMs: number }
  /** Trying again by itself would not help. */
  | { kind: 'refused'; message: string; nextStep: string }
  | { kind: 'signedOut' }

export type LinkState =
  | { kind: 'idle' }
  | { kind: 'dialling'; attempt: number; sinceMs: number; last: Cause | null }
  | { kind: 'up' }
  | { kind: 'waiting'; attempt: number; sinceMs: number; cause: Cause; retryAtMs: number }
  /** Ends only by {@link Link.retryNow} or `stop`. */
  | { kind: 'stopped'; cause: Cause }

export type Effect = 'dial' | 'hangUp'

/** The relay failed so often in a row while the portal answered: the network here blocks WebSockets. */
export const BLOCKED_AFTER = 3
/** An up that lasted so long starts the back-off anew; a shorter one counts as another failure. */
export const STABLE_MS = 10_000

export class LinkMachine {
  #state: LinkState = { kind: 'idle' }
  #upSinceMs = 0
  #attempt = 0
  #relayFailures = 0

  get state(): LinkState {
    return this.#state
  }

  /** The relay alone fails, again and again. */
  get blocked(): boolean {
    return this.#relayFailures >= BLOCKED_AFTER
  }

  start(nowMs: number): Effect[] {
    return this.#state.kind === 'idle' ? this.#dial(nowMs, nowMs, null) : []
  }

  connected(nowMs: number): Effect[] {
    if (this.#state.kind !== 'dialling') return []
    this.#upSinceMs = nowMs
    this.#relayFailures = 0
    this.#state = { kind: 'up' }
    return []
  }

  failed(nowMs: number, cause: Cause, random: number): Effect[] {
    if (this.#state.kind !== 'dialling') return []
    this.#relayFailures = cause.kind === 'relay' ? this.#relayFailures + 1 : 0
    if (cause.kind === 'signedOut' || cause.kind === 'refused') {
      this.#state = { kind: 'stopped', cause }
      return []
    }
    const { attempt, sinceMs } = this.#state
    this.#state = { kind: 'waiting', attempt, sinceMs, cause, retryAtMs: nowMs + backoffMs(attempt, random) }
    return []
  }

  /** The connection that was up has ended. */
  lost(nowMs: number): Effect[] {
    if (this.#state.kind !== 'up') return []
    if (nowMs - this.#upSinceMs >= STABLE_MS) this.#attempt = 0
    if (this.#attempt === 0) return ['hangUp', ...this.#dial(nowMs, nowMs, null)]
    // It came up and fell at once: wait as after a failure, without words about a cause that is not known.
    const attempt = this.#attempt
    this.#state = {
      kind: 'waiting', attempt, sinceMs: nowMs, cause: { kind: 'portal' }, retryAtMs: nowMs + backoffMs(attempt, 0.5),
    }
    return ['hangUp']
  }

  /** Time has passed. */
  tick(nowMs: number): Effect[] {
    const state = this.#state
    return state.kind === 'waiting' && nowMs >= state.retryAtMs ? this.#dial(nowMs, state.sinceMs, state.cause) : []
  }

  /** A person, a network that came back or news from the portal: do not wait any longer. */
  retryNow(nowMs: number): Effect[] {
    const state = this.#state
    if (state.kind !== 'waiting' && state.kind !== 'stopped') return []
    // There is a reason to hope: the waits grow anew.
    this.#attempt = 0
    return this.#dial(nowMs, state.kind === 'waiting' ? state.sinceMs : nowMs, state.cause)
  }

  stop(): Effect[] {
    this.#state = { kind: 'idle' }
    this.#attempt = 0
    return ['hangUp']
  }

  /** When {@link tick} has something to do; `null` when never. */
  get wakeAtMs(): number | null {
    return this.#state.kind === 'waiting' ? this.#state.retryAtMs : null
  }

  #dial(nowMs: number, sinceMs: number, last: Cause | null): Effect[] {
    this.#attempt++
    this.#state = { kind: 'dialling', attempt: this.#attempt, sinceMs: Math.min(sinceMs, nowMs), last }
    return ['dial']
  }
}
