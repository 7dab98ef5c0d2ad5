import { fileNameOf, formatM3u } from '../engine/lists/m3u'
import { afterOf } from '../engine/lists/items'
import { isWithin, nudged } from '../engine/lists/tree'
import type { Item, Place, Playlist } from '../engine/lists/types'
import { homeOf, placed } from '../engine/placed'
import type { App, PeerIdText, RowId, Track } from '../engine/types'
import { day } from '../words/format'
import { t } from '../words/spoken'
import { saidOf } from './list.svelte'
import type { ListsModel } from './lists.svelte'
import { subjectOfList } from './share-draft'
import type { MenuItem, Ui } from './ui.svelte'

/** What a person does with playlists, favourites and stars, with the words that answer. */
export class ListCommands {
  /** Ends what follows the engine. */
  readonly close: () => void

  constructor(private readonly app: App, private readonly ui: Ui, private readonly lists: ListsModel) {
    this.close = app.lists.refused.subscribe((refused) => {
      if (!refused) return
      const { name, changes, why, detail } = refused
      ui.toast(why === 'full' ? t.lists.refused.full : t.lists.refused[why](name, changes, detail))
    })
  }

  /** Makes a list; its name is typed at once. */
  make(kind: 'list' | 'folder', parent: RowId | null, tracks: readonly Track[] = []): RowId {
    const id = this.app.lists.create(kind === 'list' ? t.lists.newList : t.lists.newFolder, kind, parent)
    if (tracks.length > 0) this.app.lists.insert(id, tracks, 'end')
    if (parent) this.lists.setOpen(parent, true)
    if (kind === 'list') this.ui.go({ view: 'playlist', id })
    this.lists.naming = id
    return id
  }

  saveQueue(): void {
    const { entries } = this.app.player.queue.get()
    const id = this.app.lists.create(t.lists.queueName(day(Date.now())), 'list', null)
    this.app.lists.insert(id, entries.map((entry) => entry.track), 'end')
    this.ui.go({ view: 'playlist', id })
    this.lists.naming = id
  }

  rename(id: RowId, name: string): void {
    const wanted = name.trim()
    if (wanted === '' || wanted === this.lists.find(id)?.name) return
    this.app.lists.rename(id, wanted)
    this.ui.say(t.lists.renamed(wanted))
  }

  duplicate(playlist: Playlist): void {
    const id = this.app.lists.duplicate(playlist.id, t.lists.copyOf(playlist.name))
    this.ui.go({ view: 'playlist', id })
  }

  delete(playlist: Playlist): void {
    const { id, name, kind } = playlist
    this.app.lists.remove(id)
    const { route } = this.ui
    if (route.view === 'playlist' && (route.id === id || isWithin(this.lists.playlists, route.id, id))) this.ui.go({ view: 'playlists' })
    const words = kind === 'folder' ? t.lists.deletedFolder(name) : t.lists.deleted(name)
    this.ui.toast(words, { words: t.actions.undo, run: () => this.app.lists.restore(id) })
  }

  async leave(playlist: Playlist): Promise<void> {
    const session = this.app.session.get()
    if (session.kind !== 'ready') return
    try {
      await this.app.lists.dismiss(playlist.id, session.me.account.id)
      this.ui.go({ view: 'playlists' })
      this.ui.toast(t.lists.left(playlist.name))
    } catch (error) {
      this.ui.toast(saidOf(error))
    }
  }

  /** One step up or down among its neighbours. */
  nudge(playlist: Playlist, by: -1 | 1): void {
    const place = nudged(this.lists.playlists, playlist.id, by)
    if (!place) return
    this.app.lists.place(playlist.id, place)
    const line = this.lists.lines.find((one) => one.playlist.id === playlist.id)
    if (line) this.ui.say(t.lists.moved(playlist.name, line.place, line.siblings))
  }

  place(id: RowId, place: Place): void {
    if (isWithin(this.lists.playlists, place.parent, id)) return
    const moved = this.lists.find(id)
    if (place.parent !== moved?.parent && place.parent) {
      this.lists.setOpen(place.parent, true)
      this.ui.say(t.lists.movedInto(moved?.name ?? '', this.lists.find(place.parent)?.name ?? ''))
    }
    this.app.lists.place(id, place)
  }

  /** Asks for the playlist. */
  addTo(tracks: readonly Track[]): void {
    if (tracks.length > 0 && this.lists.here) this.lists.dialog = { kind: 'add', tracks: this.#homed(tracks) }
  }

  add(list: Playlist, tracks: readonly Track[]): void {
    if (tracks.length === 0) return this.ui.toast(t.lists.addedNothing)
    const ids = this.app.lists.insert(list.id, tracks, 'end')
    this.ui.toast(t.lists.added(ids.length, list.name), { words: t.actions.undo, run: () => this.app.lists.take(list.id, ids) })
  }

  /** Puts tracks before the item at `before`. */
  insertAt(list: RowId, items: readonly Item[], tracks: readonly Track[], before: number): void {
    if (tracks.length > 0) this.app.lists.insert(list, tracks, before === 0 ? null : (items[before - 1]?.id ?? 'end'))
  }

  moveItem(list: RowId, items: readonly Item[], from: number, to: number): void {
    const item = items[from]
    const after = afterOf(items, from, to)
    if (!item || after === undefined) return
    this.app.lists.move(list, item.id, after)
    this.ui.say(t.lists.moved(item.title, to + 1, items.length))
  }

  removeItem(list: Playlist, item: Item): void {
    this.app.lists.take(list.id, [item.id])
    this.ui.toast(t.lists.removed(item.title, list.name), { words: t.actions.undo, run: () => this.app.lists.putBack(list.id, [item.id]) })
  }

  love(track: Track, home: PeerIdText | null = null): void {
    if (!this.lists.here) return
    const [homed] = this.#homed([track], home)
    if (!homed) return
    const favourite = !this.lists.mark(homed).favourite
    this.app.lists.mark(homed, { favourite })
    this.ui.say(favourite ? t.lists.loved(track.title) : t.lists.unloved(track.title))
  }

  rate(track: Track, stars: number, home: PeerIdText | null = null): void {
    if (!this.lists.here) return
    const [homed] = this.#homed([track], home)
    if (!homed) return
    this.app.lists.mark(homed, { stars })
    this.ui.say(t.lists.rated(track.title, stars))
  }

  export(name: string, items: readonly Item[]): void {
    const url = URL.createObjectURL(new Blob([formatM3u(name, items)], { type: 'audio/x-mpegurl' }))
    const link = Object.assign(document.createElement('a'), { href: url, download: fileNameOf(name) })
    link.click()
    // The download has begun; the text is no longer needed once the browser has turned to it.
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  }

  /** For tracks in menus: favourite and "Add to playlist…". */
  trackItems(tracks: readonly Track[]): MenuItem[] {
    if (!this.lists.here) return []
    const [track] = tracks
    const loved = track !== undefined && this.lists.mark(track).favourite
    return [
      { words: t.lists.add, icon: 'playlist', divided: true, run: () => this.addTo(tracks) },
      ...(track && tracks.length === 1
        ? [{ words: loved ? t.lists.unlove : t.lists.love, icon: loved ? ('heartFull' as const) : ('heart' as const), run: () => this.love(track) }]
        : []),
    ]
  }

  /** For albums and artists in menus. */
  shelfItems(run: () => void): MenuItem[] {
    return this.lists.here ? [{ words: t.lists.add, icon: 'playlist', run }] : []
  }

  /** `items` when they are here: for playing and exporting. */
  menu(playlist: Playlist, items: readonly Item[] | null): MenuItem[] {
    const { kind, role } = playlist
    const mine = role === 'owner'
    const isList = kind === 'list'
    return [
      ...(mine ? [{ words: t.lists.rename, icon: 'pencil' as const, run: () => (this.lists.naming = playlist.id) }] : []),
      ...(isList ? [{ words: t.lists.duplicate, icon: 'copy' as const, run: () => this.duplicate(playlist) }] : []),
      ...(isList ? [{ words: t.lists.people, icon: 'people' as const, run: () => (this.lists.dialog = { kind: 'people', id: playlist.id }) }] : []),
      ...(items ? this.sharing(playlist.name, items) : []),
      ...(items ? [{ words: t.lists.exportM3u, icon: 'fileOut' as const, run: () => this.export(playlist.name, items) }] : []),
      ...(isList ? [] : this.#makings(playlist.id)),
      { words: t.lists.moveUp, icon: 'up', divided: true, run: () => this.nudge(playlist, -1) },
      { words: t.lists.moveDown, icon: 'down', run: () => this.nudge(playlist, 1) },
      { words: t.lists.moveTo, icon: 'folder', run: () => (this.lists.dialog = { kind: 'moveTo', id: playlist.id }) },
      mine
        ? { words: t.lists.delete, icon: 'trash', divided: true, run: () => this.delete(playlist) }
        : { words: t.lists.leave, icon: 'signOut', divided: true, run: () => void this.leave(playlist) },
    ]
  }

  /** Sharing a list's songs by a link, for whoever is signed in at a portal. */
  sharing(name: string, items: readonly Item[]): MenuItem[] {
    if (this.app.session.get().kind !== 'ready' || items.length === 0) return []
    return [{ words: t.actions.share, icon: 'share', run: () => this.#share(name, items) }]
  }

  #share(name: string, items: readonly Item[]): void {
    const subject = subjectOfList(name, items, this.app.homes.get().map((home) => home.id))
    if (subject) this.ui.share(subject)
    else this.ui.toast(t.lists.noneToShare)
  }

  /** What the plus beside the heading offers. */
  newMenu(parent: RowId | null): MenuItem[] {
    return this.#makings(parent).map((item) => ({ ...item, divided: false }))
  }

  #makings(parent: RowId | null): MenuItem[] {
    return [
      { words: t.lists.newList, icon: 'playlist', divided: true, run: () => void this.make('list', parent) },
      { words: t.lists.newFolder, icon: 'folder', run: () => void this.make('folder', parent) },
      { words: t.lists.importM3u, icon: 'fileIn', run: () => (this.lists.dialog = { kind: 'import', parent }) },
    ]
  }

  /** The tracks with the home that is meant now: a dialog may outlive the choice of a home. */
  #homed(tracks: readonly Track[], other: PeerIdText | null = null): Track[] {
    const home = other ?? this.app.chosenHome.get()
    return home === null ? [...tracks] : tracks.map((track) => (homeOf(track) === null ? placed(track, home) : track))
  }
}
