import type { Album, App, Artist, QueueEntry, Track, TrackQuery } from '../engine/types'
import { homeOf } from '../engine/placed'
import { t } from '../words/spoken'
import type { ListCommands } from './list-commands'
import { saidOf } from './list.svelte'
import { subjectOfTrack, type Subject } from './share-draft'
import type { MenuItem, Ui } from './ui.svelte'

/** An artist's songs that one command takes at most: the engine's longest queue. */
const ARTIST_TRACKS_MAX = 500

/** What a person does with songs, albums and artists, with the words that answer. */
export class Commands {
  constructor(private readonly app: App, private readonly ui: Ui, private readonly lists: ListCommands) {}

  /** `row` is the one at `index`, when it is here: it starts at once. */
  playQuery(query: TrackQuery, index: number, row?: Track): void {
    this.app.player.playQuery(query, index, row)
  }

  async playAlbum(id: string, index = 0): Promise<void> {
    const tracks = await this.#albumTracks(id)
    if (tracks.length > 0) this.app.player.playNow(tracks, index)
  }

  playArtist(id: string): void {
    this.app.player.playQuery({ artist: id, sort: 'artist' }, 0)
  }

  next(tracks: readonly Track[]): void {
    if (tracks.length === 0) return
    this.app.player.playNext(tracks)
    this.ui.toast(t.queue.addedNext(tracks.length), this.#undo())
  }

  last(tracks: readonly Track[]): void {
    if (tracks.length === 0) return
    this.app.player.playLast(tracks)
    this.ui.toast(t.queue.addedLast(tracks.length), this.#undo())
  }

  /** Whether there is a portal to share by, and somebody signed in. */
  get mayShare(): boolean {
    return this.app.session.get().kind === 'ready'
  }

  shareTrack(track: Track, home = homeOf(track) ?? this.app.chosenHome.get()): void {
    if (home) this.share(subjectOfTrack(home, track))
  }

  async shareAlbum(album: Album): Promise<void> {
    const home = this.app.chosenHome.get()
    const tracks = await this.#albumTracks(album.id)
    if (!home || tracks.length === 0) return
    this.share({ home, kind: 'album', title: album.title, subtitle: album.artist, cover: album.cover_id, tracks, leftOut: 0 })
  }

  share(subject: Subject): void {
    if (this.mayShare) this.ui.share(subject)
  }

  removeEntry(entry: QueueEntry): void {
    this.app.player.remove([entry.key])
    this.ui.toast(t.queue.removed(entry.track.title), this.#undo())
  }

  clearQueue(): void {
    this.app.player.clear()
    this.ui.toast(t.queue.cleared, this.#undo())
  }

  /** A track knows its artist by name only; its album knows the artist's id. */
  goToArtist(track: Track): void {
    const album = track.album_id
    if (!album) return
    void this.#told(async () => (await this.app.collection.album(album)).artist_id).then((id) => {
      if (id) this.ui.go({ view: 'artists', id })
    })
  }

  trackMenu(track: Track, play: () => void): MenuItem[] {
    return [
      { words: t.actions.play, icon: 'play', run: play },
      { words: t.actions.playNext, icon: 'next', run: () => this.next([track]) },
      { words: t.actions.playLast, icon: 'queue', run: () => this.last([track]) },
      ...this.lists.trackItems([track]),
      ...this.#places(track),
      ...this.#sharing(() => this.shareTrack(track)),
    ]
  }

  albumMenu(album: Album): MenuItem[] {
    const withTracks = (run: (tracks: Track[]) => void) => () => void this.#albumTracks(album.id).then(run)
    const artist = album.artist_id
    return [
      { words: t.actions.playAlbum, icon: 'play', run: () => void this.playAlbum(album.id) },
      { words: t.actions.playNext, icon: 'next', run: withTracks((tracks) => this.next(tracks)) },
      { words: t.actions.playLast, icon: 'queue', run: withTracks((tracks) => this.last(tracks)) },
      ...this.lists.shelfItems(withTracks((tracks) => this.lists.addTo(tracks))),
      { words: t.actions.goToAlbum, icon: 'albums', divided: true, run: () => this.ui.go({ view: 'album', id: album.id }) },
      ...(artist ? [{ words: t.actions.goToArtist, icon: 'artists' as const, run: () => this.ui.go({ view: 'artists', id: artist }) }] : []),
      ...this.#sharing(() => void this.shareAlbum(album)),
    ]
  }

  artistMenu(artist: Artist): MenuItem[] {
    const withTracks = (run: (tracks: Track[]) => void) => () => void this.#artistTracks(artist.id).then(run)
    return [
      { words: t.actions.playArtist, icon: 'play', run: () => this.playArtist(artist.id) },
      { words: t.actions.playNext, icon: 'next', run: withTracks((tracks) => this.next(tracks)) },
      { words: t.actions.playLast, icon: 'queue', run: withTracks((tracks) => this.last(tracks)) },
      ...this.lists.shelfItems(withTracks((tracks) => this.lists.addTo(tracks))),
    ]
  }

  /** The songs of an album, for whoever drags it. */
  albumTracks(id: string): Promise<Track[]> {
    return this.#albumTracks(id)
  }

  #places(track: Track): MenuItem[] {
    const album = track.album_id
    // Another home's album is not in the library that is shown.
    if (!album || (homeOf(track) ?? this.app.chosenHome.get()) !== this.app.chosenHome.get()) return []
    return [
      { words: t.actions.goToAlbum, icon: 'albums', divided: true, run: () => this.ui.go({ view: 'album', id: album }) },
      { words: t.actions.goToArtist, icon: 'artists', run: () => this.goToArtist(track) },
    ]
  }

  #sharing(run: () => void): MenuItem[] {
    return this.mayShare ? [{ words: t.actions.share, icon: 'share', divided: true, run }] : []
  }

  async #albumTracks(id: string): Promise<Track[]> {
    return (await this.#told(() => this.app.collection.albumTracks(id))) ?? []
  }

  async #artistTracks(id: string): Promise<Track[]> {
    const page = await this.#told(() => this.app.collection.tracks({ artist: id, sort: 'artist' }, { offset: 0, limit: ARTIST_TRACKS_MAX }))
    return page?.items ?? []
  }

  /** Does it, and says in a toast when it failed. */
  async #told<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      this.ui.toast(saidOf(error))
      return null
    }
  }

  #undo() {
    return { words: t.actions.undo, run: () => this.app.player.undo() }
  }
}
