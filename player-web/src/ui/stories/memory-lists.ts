/** Playlists, favourites and offers of the stories: the real engine over a portal in memory. */
import { itemOf, snapshotOf } from '../../engine/placed'
import { newRowId as newId } from '../../net/row-id'
import { MemoryKeep } from '../../engine/lists/keep'
import { ListSync } from '../../engine/lists/sync'
import { Cell } from '../../engine/readable'
import type { App, Offer } from '../../engine/types'
import type { Made } from './library'
import { home, other, type Story } from './memory-app'
import { MemoryPortal } from './memory-portal'

export function memoryLists(story: Story, made: Made): Pick<App, 'lists' | 'handover' | 'canPlay'> {
  const portal = new MemoryPortal()
  const ready = fill(portal, made, story)
  const lists = new ListSync({ api: story.lists === 'loading' ? Object.assign(portal.api, { all: () => new Promise(() => undefined) }) : portal.api, tab: 'story', home: () => home.id, nowMs: () => Date.now(), newId, random: Math.random, seen: () => undefined })
  portal.listen({ playlists: (cursor, changed) => lists.changed(cursor, changed), marks: (cursor) => lists.marksChanged(cursor) })
  if (story.session.kind === 'ready') void ready.then(() => begin(lists, portal, story, made))
  return { lists, handover: handover(story, made), canPlay: (id) => (id === home.id ? story.connection.kind === 'online' : id === other.id ? false : null) }
}

function begin(lists: ListSync, portal: MemoryPortal, story: Story, made: Made): void {
  if (story.lists === 'failing') portal.weather = () => 'lost-before'
  lists.start(new MemoryKeep())
  if (story.lists !== 'waiting') return
  setTimeout(() => {
    portal.weather = () => 'lost-before'
    const first = portal.lists.find(({ playlist }) => playlist.kind === 'list')
    if (first) lists.insert(first.playlist.id, [made.track(300), made.track(301)], 'end')
  }, 300)
}

/** Made-up lists. `loading` never answers, which `api.all` says. */
async function fill(portal: MemoryPortal, made: Made, story: Story): Promise<void> {
  if (story.lists === 'none') return
  const { api } = portal
  const id = (n: number): string => `00000000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`
  const list = async (n: number, name: string, parent: string | null, from: number, songs: number, step = 3, at = home.id): Promise<void> => {
    await api.create(id(n), name, 'list', parent)
    const items = Array.from({ length: songs }, (_, i) => itemOf(made.track(from + i * step), i % 9 === 7 ? other.id : at, newId(), Date.now()))
    let after: string | null = null
    await api.operate(id(n), items.map((item) => {
      const operation = { op: newId(), kind: 'insert' as const, item, after }
      after = item.id
      return operation
    }))
  }
  await list(1, 'Sunday morning', null, 0, 34)
  await api.create(id(2), 'Work', 'folder', null)
  await list(3, 'Deep focus', id(2), 200, 120, 7)
  await list(4, 'Meetings that could have been an e-mail, volume two', id(2), 40, 9)
  await list(5, 'With Marek', null, 90, 18, 11)
  const shared = portal.lists.find(({ playlist }) => playlist.id === id(5))
  if (shared) shared.playlist.members = [{ account: 'a', name: 'Ida', role: 'owner' }, { account: 'm', name: 'Marek Dahl', role: 'editor' }]
  await list(6, 'Empty one', null, 0, 0)
  for (let n = 0; n < 14; n++) {
    const track = made.track(n * 5 + 1)
    await api.mark(home.id, track.id, { op: newId(), favourite: true, stars: (n * 3) % 6, item: snapshotOf(track) })
  }
  await api.mark(home.id, made.track(2).id, { op: newId(), favourite: true, stars: 4, item: snapshotOf(made.track(2)) })
}

function handover(story: Story, made: Made): App['handover'] {
  const kept: Offer = { track: story.offer === 'unnamed' ? null : made.track(14), positionMs: 750_000, songs: 40, device: 'Firefox on Windows', updatedMs: Date.now() - 300_000, playing: story.offer === 'playing' }
  const offer = new Cell<Offer | null>(story.offer === 'none' ? null : kept)
  return { offer, take: () => offer.set(null), dismiss: () => offer.set(null) }
}
