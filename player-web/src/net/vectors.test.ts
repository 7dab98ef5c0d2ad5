import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { follow, itemsOf, slotsOf } from '../engine/lists/items'
import { decide } from '../worker/rules'
import { PlaylistsApi } from './playlists-api'
import type { Applied, Item, KeptQueue, NewQueue, Operation, Playlist, PlaylistRead } from './playlists-types'
import { problemOf } from './transport'

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../protocol/vectors/${name}.json`, import.meta.url), 'utf8')) as T

const problems = read<{ type: string; title: string; status: number; detail: string }[]>('problems')
const ids = read<{ items: { text: string }[]; peers: { text: string }[] }>('ids')

test.each(problems)('the problem $type is known by its name', (problem) => {
  const error = problemOf(problem.status, problem, '7')
  expect(`urn:iroam:problem:${error.name_}`).toBe(problem.type)
  expect(error.message).toBe(problem.detail)
  expect(error.retryAfterS).toBe(7)
})

test.each([null, 7, 'text', [], { type: 9, title: {} }, { type: 'x'.repeat(9999), detail: 'y'.repeat(9999) }])(
  'a document that is no problem becomes one: %j',
  (body) => {
    const error = problemOf(500, body, 'tomorrow')
    expect(error.name_).toBe('unknown')
    expect(error.message.length).toBeLessThanOrEqual(300)
    expect(error.retryAfterS).toBeNull()
  },
)

test('every golden peer and item id passes the worker\'s door', () => {
  for (const { text: peer } of ids.peers) {
    for (const { text: item } of ids.items) {
      const decision = decide({
        url: `https://portal.example/home/${peer}/v1/media/${item}`, method: 'GET', mode: 'no-cors',
        destination: 'video', range: null, origin: 'https://portal.example',
      })
      expect(decision).toMatchObject({ kind: 'ask', home: peer, path: `/v1/media/${item}` })
    }
  }
})

// What Rust writes and reads, in the types of the player: the compiler checks these against the types, the tests against the
// vectors, so that neither side changes alone.

const HOME = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const TRACK = 'AQEBAQEBAQEBAQEBAQEBAQ'
const [ONE, TWO] = ['01010101-0101-0101-0101-010101010101', '02020202-0202-0202-0202-020202020202']
const OP = '0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a'
const item: Required<Omit<Item, 'added_by'>> = {
  id: ONE, home: HOME, track: TRACK, title: 'Für Elise', artist: 'Beethoven', album: null, album_id: null, duration_ms: 180_000,
  cover_id: 'CQkJCQkJCQkJCQkJCQkJCQ', kind: 'audio', added_ms: 1_800_000_000_000,
}
const playlist: Required<Playlist> = {
  id: '07070707-0707-0707-0707-070707070707', name: 'Sonntag', kind: 'list', parent: null, role: 'owner', count: 1, duration_ms: 180_000,
  members: [{ account: '08080808-0808-0808-0808-080808080808', name: 'Anna', role: 'owner' }],
  seq: 5, created_ms: 1_800_000_000_000, updated_ms: 1_800_000_000_001,
}
const changes: Applied[] = [
  { seq: 2, op: OP, change: 'put', item, after: null },
  { seq: 3, op: OP, change: 'moved', item: ONE, after: TWO },
  { seq: 4, op: OP, change: 'removed', item: ONE },
  { seq: 5, op: OP, change: 'nothing' },
]
const operations: Operation[] = [
  { op: OP, kind: 'insert', item, after: null },
  { op: '0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b', kind: 'move', item: ONE, after: TWO },
  { op: '0c0c0c0c-0c0c-0c0c-0c0c-0c0c0c0c0c0c', kind: 'remove', item: ONE },
  { op: '0d0d0d0d-0d0d-0d0d-0d0d-0d0d0d0d0d0d', kind: 'restore', item: ONE },
]
const place = {
  player: '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq', index: 0, position_ms: 750_000, playing: true, shuffle: false, repeat: 'all',
} as const
const queue: Required<KeptQueue> = {
  ...place, seq: 7, items: [{ home: HOME, track: TRACK }], device: 'Firefox on Windows', updated_ms: 1_800_000_000_000,
}
const puts: NewQueue[] = [{ ...place, seq: 7, items: [{ home: HOME, track: TRACK }] }, { ...place, seq: 8 }]

/** What calls put on the wire. */
async function sent(calls: (api: PlaylistsApi) => Promise<unknown>): Promise<unknown[]> {
  const bodies: unknown[] = []
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
    bodies.push(JSON.parse(init.body as string))
    return Promise.resolve(new Response(null, { status: 204 }))
  })
  await calls(new PlaylistsApi())
  return bodies
}
afterEach(() => void vi.unstubAllGlobals())

test('a list is read as the portal writes it, whole and in changes', () => {
  const [whole, changed] = read<{ contents: [PlaylistRead, PlaylistRead] }>('playlists').contents
  expect(whole).toEqual({ playlist, seq: 5, items: [item] } satisfies PlaylistRead)
  expect(changed).toEqual({ playlist, seq: 5, changes } satisfies PlaylistRead)
  const two = { ...item, id: TWO }
  const followed = (to: number): string[] => itemsOf(follow(slotsOf([two]), (changed.changes ?? []).slice(0, to))).map(({ id }) => id)
  expect([1, 2, 3, 4].map(followed)).toEqual([[ONE, TWO], [TWO, ONE], [TWO], [TWO]])
})

test('operations are sent as the portal reads them', async () => {
  const wanted = read<{ operations: unknown[] }>('playlists').operations
  expect(await sent((api) => api.operate(playlist.id, operations))).toEqual([{ operations: wanted }])
})

test('the queue is kept and read as the portal does', async () => {
  const vectors = read<{ puts: Record<string, unknown>[]; queue: [KeptQueue] }>('queue')
  expect(vectors.queue[0]).toEqual(queue)
  const bodies = await sent(async (api) => {
    for (const put of puts) await api.keepQueue(put)
  })
  // Entries that stay as they were are left out here, and `null` in the vectors: both mean the same.
  expect(bodies.map((body) => ({ items: null, ...(body as object) }))).toEqual(vectors.puts)
})
