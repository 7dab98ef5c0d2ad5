import type { HomeConnection } from '../../engine/types'
import { span, when } from '../../words/format'
import { t } from '../../words/spoken'
import type { IconName } from '../parts/icons'
import { tryingAgain } from './retry'

export interface Said {
  icon: IconName
  title: string
  text: string
  busy: boolean
}

/** After this long a connection is slow, and the words say more. */
const SLOW_MS = 4_000

/** A connection that is not there, in plain words with the next step. */
export function wordsOf(connection: Exclude<HomeConnection, { kind: 'none' | 'online' }>, home: string, nowMs: number): Said {
  const name = home || t.ownLibrary
  switch (connection.kind) {
    case 'connecting':
      return {
        icon: 'home', busy: true, title: t.states.connecting(name),
        text: connection.attempt > 1 || nowMs - connection.sinceMs > SLOW_MS ? t.states.connectingLong(connection.attempt) : t.states.connectingText,
      }
    case 'homeOffline': {
      const seen = connection.lastSeenMs === null ? t.states.homeOfflineNever : t.states.homeOfflineSeen(when(connection.lastSeenMs, nowMs))
      return { icon: 'home', busy: false, title: t.states.homeOffline(name), text: `${seen} ${t.states.homeOfflineText} ${tryingAgain(connection.retryAtMs, nowMs)}` }
    }
    case 'relayUnreachable':
      return { icon: 'cloudOff', busy: false, title: t.states.relayUnreachable, text: `${t.states.relayUnreachableText} ${tryingAgain(connection.retryAtMs, nowMs)}` }
    case 'blocked':
      return { icon: 'wall', busy: false, title: t.states.blocked, text: `${t.states.blockedText} ${tryingAgain(connection.retryAtMs, nowMs)}` }
    case 'clockSkew':
      return { icon: 'clock', busy: false, title: t.states.clockSkew, text: t.states.clockSkewText(span(Math.abs(connection.skewMs)), connection.skewMs > 0) }
    case 'error': {
      const again = connection.retryAtMs === null ? '' : tryingAgain(connection.retryAtMs, nowMs)
      return { icon: 'warning', busy: false, title: connection.trouble.message, text: `${connection.trouble.nextStep} ${again}`.trim() }
    }
  }
}
