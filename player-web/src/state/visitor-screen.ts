import type { HomeConnection, PlayStatus } from '../engine/types'
import type { Visit } from '../engine/visit'
import { WORDS } from '../engine/words'

/** What the page of a shared link shows. */
export type VisitorScreen =
  | { kind: 'opening' | 'portalAway' | 'noWorker' | 'gone' }
  | { kind: 'share'; way: Way; lastSeenMs: number | null }

/** Whether the share can be played, and what is in the way. */
export type Way =
  | 'ready' | 'connecting'
  /** The home is switched off. */
  | 'off'
  /** Something between here and the home; tried by itself, but for `refused`. */
  | 'away' | 'portalAway' | 'blocked' | 'clock'
  | 'senderOut' | 'busy'

/** Decides it. */
export function visitorScreen(visit: Visit, connection: HomeConnection): VisitorScreen {
  if (visit.kind !== 'open') return { kind: visit.kind }
  const { shared, obstacle } = visit
  const seen = connection.kind === 'homeOffline' ? connection.lastSeenMs : null
  const lastSeenMs = seen ?? shared.last_seen_ms
  if (obstacle) return { kind: 'share', way: obstacle === 'busy' ? 'busy' : 'senderOut', lastSeenMs }
  return { kind: 'share', way: wayTo(connection, shared.home_online), lastSeenMs }
}

function wayTo(connection: HomeConnection, homeOnline: boolean): Way {
  switch (connection.kind) {
    case 'online':
      return 'ready'
    case 'none':
    case 'connecting':
      // The portal knows before the first try has failed.
      return homeOnline ? 'connecting' : 'off'
    case 'homeOffline':
      return 'off'
    case 'relayUnreachable':
      return homeOnline ? 'portalAway' : 'off'
    case 'blocked':
      return 'blocked'
    case 'clockSkew':
      return 'clock'
    case 'error':
      return 'away'
  }
}

export type VisitorTrouble = 'gone' | 'unplayable' | 'gaveUp' | 'refused' | 'other'

/** Why the present item does not play, without words that are meant for the owner of a home; `null` when it does. */
export function visitorTrouble(status: PlayStatus): VisitorTrouble | null {
  if (status.kind !== 'error') return null
  const known: readonly [unknown, VisitorTrouble][] = [
    [WORDS.gone, 'gone'], [WORDS.unplayable, 'unplayable'], [WORDS.gaveUp, 'gaveUp'], [WORDS.refused, 'refused'],
  ]
  return known.find(([words]) => words === status.trouble)?.[1] ?? 'other'
}
