/** Every state of the player by name: `?story=homeOffline`. */
import type { PlayStatus } from '../../engine/types'
import { home, signedIn, unconfirmed, type Story } from './memory-app'

const now = Date.now()
const base: Story = {
  tracks: 3_412, session: signedIn, connection: { kind: 'online', home: home.id, path: 'relay', rttMs: 14 }, scan: null, unreadable: [],
  heard: true, mute: false, failing: false, status: null, playing: 2, video: false, final: false, leftMs: 58 * 60_000, lists: 'some', offer: 'none',
  shares: 'some',
}
const unheard = { ...base, heard: false, playing: -1 }
const playing = (status: PlayStatus): Story => ({ ...base, status })

export const stories: Record<string, Story> = {
  library: base,
  large: { ...base, tracks: 100_000 },
  silent: { ...base, playing: -1 },
  local: { ...base, session: { kind: 'local', home: home.id, name: home.name }, connection: { kind: 'online', home: home.id, path: 'lan', rttMs: 1 } },
  video: { ...base, video: true, playing: 0 },
  starting: { ...unheard, session: { kind: 'loading' } },
  signedOut: { ...unheard, session: { kind: 'signedOut', signInUrl: '/sign-in' } },
  sessionError: { ...unheard, session: { kind: 'error', fatal: false, trouble: { message: 'The portal does not answer.', nextStep: 'Check your internet connection. This page keeps trying.' } } },
  uncontrolled: { ...unheard, session: { kind: 'error', fatal: true, trouble: { message: 'This page was loaded without its helper.', nextStep: 'Close other tabs of iRoam and reload this page.' } } },
  noHome: { ...unheard, connection: { kind: 'none' } },
  connecting: { ...unheard, connection: { kind: 'connecting', home: home.id, attempt: 1, sinceMs: now } },
  homeOffline: { ...unheard, connection: { kind: 'homeOffline', home: home.id, lastSeenMs: now - 7_200_000, retryAtMs: now + 600_000 } },
  relayUnreachable: { ...unheard, connection: { kind: 'relayUnreachable', home: home.id, retryAtMs: now + 600_000 } },
  blocked: { ...unheard, connection: { kind: 'blocked', home: home.id, retryAtMs: now + 600_000 } },
  clockSkew: { ...unheard, connection: { kind: 'clockSkew', home: home.id, skewMs: 5_400_000 } },
  loading: { ...base, mute: true, playing: -1 },
  failing: { ...base, failing: true, playing: -1 },
  empty: { ...base, tracks: 0, playing: -1 },
  firstScan: { ...base, tracks: 0, playing: -1, scan: { found: 830, done: 12, walked: false } },
  scanning: { ...base, tracks: 1_234, scan: { found: 5_000, done: 1_234, walked: true } },
  unreadable: { ...base, unreadable: ['Archive'] },
  goneOffline: { ...base, connection: { kind: 'homeOffline', home: home.id, lastSeenMs: now - 40_000, retryAtMs: now + 600_000 }, status: { kind: 'waiting', why: 'home', words: 'Attic PC went away. The song goes on as soon as it is back.' } },
  portalAway: playing({ kind: 'waiting', why: 'portal', words: 'The portal is away for a moment; the song goes on.' }),
  buffering: playing({ kind: 'waiting', why: 'buffering', words: '' }),
  needsGesture: playing({ kind: 'needsGesture', words: '' }),
  noMinutes: { ...playing({ kind: 'noMinutes', words: 'Playing goes on as soon as some are added; your place is kept.', topUpUrl: '/account/minutes' }), leftMs: 0 },
  final: { ...base, final: true, leftMs: 0 },
  nothingShared: { ...base, shares: 'none' },
  sharedLoading: { ...base, shares: 'mute' },
  sharedOffline: { ...base, shares: 'offline' },
  shareRefused: { ...base, shares: 'refused' },
  unconfirmed: { ...base, shares: 'unconfirmed', session: unconfirmed },
  lastMinutes: { ...base, leftMs: 3.4 * 60_000 },
  tooMany: playing({ kind: 'tooMany', words: '', running: [
    { id: '1', home: 'Attic PC', device: 'Firefox on Windows', opened_ms: now - 900_000, played_ms: 1, playing: true },
    { id: '2', home: 'Attic PC', device: 'Safari on iPhone', opened_ms: now - 7_200_000, played_ms: 1, playing: false },
    { id: '3', home: 'Studio Mac', device: 'Chrome on Linux', opened_ms: now - 60_000, played_ms: 1, playing: true },
  ] }),
  cannotPlay: playing({ kind: 'error', trouble: { message: 'This browser cannot play ALAC.', nextStep: 'Try another song, or another browser such as Safari.' } }),
  listsNone: { ...base, lists: 'none' },
  listsLoading: { ...base, lists: 'loading' },
  listsFailing: { ...base, lists: 'failing' },
  listsWaiting: { ...base, lists: 'waiting' },
  listsHomeOff: { ...unheard, connection: { kind: 'homeOffline', home: home.id, lastSeenMs: now - 7_200_000, retryAtMs: now + 600_000 } },
  continueNamed: { ...base, playing: -1, offer: 'named' },
  continueUnnamed: { ...base, playing: -1, offer: 'unnamed' },
  continuePlaying: { ...base, playing: -1, offer: 'playing' },
  gone: playing({ kind: 'error', trouble: { message: 'This song is gone from your home.', nextStep: 'It was moved or removed; the library is read again by itself.' } }),
}
