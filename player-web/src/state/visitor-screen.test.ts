import { describe, expect, test } from 'vitest'
import type { HomeConnection } from '../engine/types'
import type { Visit } from '../engine/visit'
import { WORDS } from '../engine/words'
import type { Obstacle, Shared } from '../net/share-types'
import { visitorScreen, visitorTrouble } from './visitor-screen'

const shared = (over: Partial<Shared> = {}): Shared => ({
  title: 'Record', subtitle: null, kind: 'album', cover: null, sender_name: 'Ida', note: '', items: [], home: 'h', home_online: true,
  last_seen_ms: 7, expires_ms: 0, plays_left: 1, can_play: true, reason: null,
  access: { grant: 'g', scope: 'share', expires_ms: 0, time_ms: 0, relay: { token: 't', addrs: [], expires_ms: 0 } }, ...over,
})
const open = (obstacle: Obstacle | null = null, over: Partial<Shared> = {}): Visit => ({ kind: 'open', shared: shared(over), obstacle })
const online: HomeConnection = { kind: 'online', home: 'h', path: 'relay', rttMs: 1 }

describe('the page of a link', () => {
  test.each(['opening', 'portalAway', 'noWorker', 'gone'] as const)('%s fills the page', (kind) => {
    expect(visitorScreen({ kind }, online)).toEqual({ kind })
  })

  const ways: [HomeConnection, string][] = [
    [online, 'ready'],
    [{ kind: 'none' }, 'connecting'],
    [{ kind: 'connecting', home: 'h', attempt: 1, sinceMs: 0 }, 'connecting'],
    [{ kind: 'homeOffline', home: 'h', lastSeenMs: 9, retryAtMs: 0 }, 'off'],
    [{ kind: 'relayUnreachable', home: 'h', retryAtMs: 0 }, 'portalAway'],
    [{ kind: 'blocked', home: 'h', retryAtMs: 0 }, 'blocked'],
    [{ kind: 'clockSkew', home: 'h', skewMs: 1 }, 'clock'],
    [{ kind: 'error', home: 'h', retryAtMs: null, trouble: WORDS.refused }, 'away'],
  ]
  test.each(ways)('a connection that is %j is said as %s', (connection, way) => {
    expect(visitorScreen(open(), connection)).toMatchObject({ kind: 'share', way })
  })

  test('a home that the portal knows to be off is off before the first try has failed', () => {
    const connecting: HomeConnection = { kind: 'connecting', home: 'h', attempt: 1, sinceMs: 0 }
    const away: HomeConnection = { kind: 'relayUnreachable', home: 'h', retryAtMs: 0 }
    for (const connection of [connecting, away]) {
      expect(visitorScreen(open(null, { home_online: false }), connection)).toEqual({ kind: 'share', way: 'off', lastSeenMs: 7 })
    }
  })

  test('who stands in the way is said whatever the connection', () => {
    expect(visitorScreen(open('busy'), online)).toMatchObject({ way: 'busy' })
    expect(visitorScreen(open('sender-out-of-minutes'), { kind: 'homeOffline', home: 'h', lastSeenMs: null, retryAtMs: 0 })).toMatchObject({ way: 'senderOut' })
  })
})

describe('trouble with an item', () => {
  test('has words of its own, none for the owner of a home', () => {
    expect(visitorTrouble({ kind: 'playing' })).toBeNull()
    expect(visitorTrouble({ kind: 'error', trouble: WORDS.gone })).toBe('gone')
    expect(visitorTrouble({ kind: 'error', trouble: { message: 'The grant was revoked', nextStep: '' } })).toBe('other')
  })
})
