import { when } from '../../words/format'
import { t } from '../../words/spoken'

/** "Trying again in 8 seconds." while that lies ahead. */
export function tryingAgain(retryAtMs: number | null, nowMs: number): string {
  return retryAtMs !== null && retryAtMs - nowMs > 500 ? t.states.trying(when(retryAtMs, nowMs)) : t.states.tryingAlways
}
