/** The page of a shared link without portal or home. For stories and tests only. */
import { Cell } from '../../engine/readable'
import type { HomeConnection, PlayStatus, Track } from '../../engine/types'
import type { Visit } from '../../engine/visit'
import { trackOf, type Visitor } from '../../engine/visitor'
import type { Obstacle, Shared, SharedItem } from '../../net/share-types'
import { problemOf } from '../../net/transport'
import { cover, Made } from './library'
import { home, MemoryPlayer } from './memory-app'
import { stories } from './stories'

export interface VisitStory {
  visit: Visit
  connection: HomeConnection
  /** The item that plays; -1 for none. */
  playing: number
  status: PlayStatus | null
  /** Whether the portal takes requests of the visitor. */
  refusing: boolean
}

const now = Date.now()
const made = new Made(200)
const itemOf = (track: Track): SharedItem => ({
  track: track.id, title: track.title, artist: track.artist ?? '', album: track.album ?? '', duration_ms: track.duration_ms, kind: track.kind,
  ...(track.cover_id ? { cover: track.cover_id } : {}),
})
const album = made.album(4)
const albumItems = Array.from({ length: 11 }, (_, i) => itemOf(made.track(44 + i)))
const shared: Shared = {
  title: album.title, subtitle: album.artist, kind: 'album', cover: album.cover_id, sender_name: 'Ida',
  note: 'The third one is the song from the boat.\nPlay it loud!', items: albumItems, home: home.id, home_online: true, last_seen_ms: now - 3 * 3_600_000,
  expires_ms: now + 12 * 86_400_000, plays_left: 9, can_play: true, reason: null,
  access: { grant: '', scope: 'share', expires_ms: now, time_ms: now, relay: { token: '', addrs: [], expires_ms: now } },
}
const online: HomeConnection = { kind: 'online', home: home.id, path: 'relay', rttMs: 23 }
const open = (over: Partial<Shared> = {}, obstacle: Obstacle | null = null): Visit => ({ kind: 'open', shared: { ...shared, ...over }, obstacle })
const base: VisitStory = { visit: open(), connection: online, playing: -1, status: null, refusing: false }
const track: Partial<Shared> = { kind: 'track', title: made.track(20).title, subtitle: made.track(20).artist, cover: null, items: [{ ...itemOf(made.track(20)), cover: 'cover-3' }], note: '' }
const list: Partial<Shared> = { kind: 'playlist', title: 'For the road', subtitle: null, cover: null, items: Array.from({ length: 40 }, (_, i) => itemOf(made.track(i * 5))) }

export const visits: Record<string, VisitStory> = {
  album: base,
  playing: { ...base, playing: 2 },
  track: { ...base, visit: open(track) },
  trackPlaying: { ...base, visit: open(track), playing: 0 },
  playlist: { ...base, visit: open(list), playing: 5 },
  plain: { ...base, visit: open({ note: '', cover: null, items: albumItems.map(({ cover: _cover, ...item }) => item) }) },
  opening: { ...base, visit: { kind: 'opening' }, connection: { kind: 'none' } },
  connecting: { ...base, connection: { kind: 'connecting', home: home.id, attempt: 1, sinceMs: now } },
  off: { ...base, visit: open({ home_online: false }), connection: { kind: 'homeOffline', home: home.id, lastSeenMs: now - 3 * 3_600_000, retryAtMs: now } },
  offFull: { ...base, visit: open({ home_online: false }), connection: { kind: 'none' }, refusing: true },
  gone: { ...base, visit: { kind: 'gone' }, connection: { kind: 'none' } },
  portalAway: { ...base, visit: { kind: 'portalAway' }, connection: { kind: 'none' } },
  noWorker: { ...base, visit: { kind: 'noWorker' }, connection: { kind: 'none' } },
  senderOut: { ...base, visit: open({}, 'sender-out-of-minutes') },
  busy: { ...base, visit: open({}, 'busy') },
  blocked: { ...base, connection: { kind: 'blocked', home: home.id, retryAtMs: now } },
  lostWhilePlaying: { ...base, playing: 2, connection: { kind: 'relayUnreachable', home: home.id, retryAtMs: now }, status: { kind: 'waiting', why: 'home', words: '' } },
  cannotPlay: { ...base, playing: 2, status: { kind: 'error', trouble: { message: 'x', nextStep: '' } } },
}

export function memoryVisitor(story: VisitStory): Visitor {
  const player = new MemoryPlayer({ ...(stories['silent'] as NonNullable<(typeof stories)['silent']>), status: story.status }, made)
  const items = story.visit.kind === 'open' ? story.visit.shared.items : []
  const play = (index: number): void => player.playNow(items.map(trackOf), index)
  if (story.playing >= 0) play(story.playing)
  if (story.status) player.state.set({ ...player.state.get(), status: story.status })
  const send = (): Promise<void> =>
    story.refusing ? Promise.reject(problemOf(429, { type: 'urn:iroam:problem:quota-reached', title: 'Full' }, null)) : Promise.resolve()
  return {
    visit: new Cell(story.visit),
    connection: new Cell(story.connection),
    player,
    collection: { coversReady: new Cell(true), coverUrl: (id) => (id === null ? null : cover(id)) },
    play,
    retry: () => undefined,
    tellMe: send,
    report: send,
    close: () => undefined,
  }
}
