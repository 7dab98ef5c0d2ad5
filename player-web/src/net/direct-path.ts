/** When a direct path to a home is tried, and whether it carries the next request. Pure: time and chance are arguments. */

/** Offer, answer and ICE take a second where they can work at all. */
export const TRY_MAX_MS = 20_000
/** After a try that failed; doubled each time up to {@link REST_MAX_MS}. NATs and networks change, so it never ends. */
const REST_FIRST_MS = 10_000
const REST_MAX_MS = 300_000
/** A path that stood for so long was a good one: its end is no failure. */
const SETTLED_MS = 30_000
/** Nothing heard for so long while something is asked: the path is dead, or worse than the relay. */
export const STALL_MS = 4_000

export type DirectEffect = 'try' | 'drop' | null

type Phase =
  | { kind: 'off' }
  | { kind: 'resting'; untilMs: number }
  | { kind: 'trying'; untilMs: number }
  | { kind: 'up'; sinceMs: number }

export class DirectPath {
  #phase: Phase = { kind: 'off' }
  #failures = 0

  /** Whether the next request goes this way. */
  get carries(): boolean {
    return this.#phase.kind === 'up'
  }

  /** The relay's path stands, over which the direct one is arranged. */
  relayUp(nowMs: number): void {
    if (this.#phase.kind === 'off') this.#phase = { kind: 'resting', untilMs: nowMs }
  }

  /** The home is let go, or its link ended. */
  stop(): DirectEffect {
    const had = this.#phase.kind === 'up' || this.#phase.kind === 'trying'
    this.#phase = { kind: 'off' }
    return had ? 'drop' : null
  }

  opened(nowMs: number): void {
    if (this.#phase.kind === 'trying') this.#phase = { kind: 'up', sinceMs: nowMs }
  }

  /** The try came to nothing, or the path ended. `chance` is 0 to 1. */
  failed(nowMs: number, chance: number): void {
    const phase = this.#phase
    if (phase.kind === 'off' || phase.kind === 'resting') return
    if (phase.kind === 'up' && nowMs - phase.sinceMs >= SETTLED_MS) this.#failures = 0
    const restMs = Math.min(REST_FIRST_MS * 2 ** this.#failures, REST_MAX_MS)
    this.#failures++
    this.#phase = { kind: 'resting', untilMs: nowMs + restMs * (0.75 + chance / 2) }
  }

  /** Another network, or this machine woke up: what failed before may work now. */
  networkChanged(nowMs: number): void {
    this.#failures = 0
    if (this.#phase.kind === 'resting') this.#phase = { kind: 'resting', untilMs: nowMs }
  }

  /** `quietMs` is how long what was asked on this path has waited without a byte. */
  tick(nowMs: number, quietMs: number, chance: number): DirectEffect {
    const phase = this.#phase
    if (phase.kind === 'resting' && nowMs >= phase.untilMs) {
      this.#phase = { kind: 'trying', untilMs: nowMs + TRY_MAX_MS }
      return 'try'
    }
    const isLate = phase.kind === 'trying' && nowMs >= phase.untilMs
    if (!isLate && (phase.kind !== 'up' || quietMs < STALL_MS)) return null
    this.failed(nowMs, chance)
    return 'drop'
  }
}
