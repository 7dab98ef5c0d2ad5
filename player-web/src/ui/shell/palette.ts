import { placed } from '../../engine/placed'
import type { Found } from '../../engine/types'
import type { Model } from '../../state/model.svelte'
import type { Route } from '../../state/route'
import { t } from '../../words/spoken'
import type { IconName } from '../parts/icons'
import { accountMenu } from './account'
import { run } from './keys'

export interface Choice {
  key: string
  icon: IconName
  words: string
  kind: string
  run: () => void
}

/** Places and actions of playlists. */
function listChoices({ ui, lists, listCommands, play }: Model): Choice[] {
  const goTo = (key: string, icon: IconName, words: string, route: Route): Choice => ({ key, icon, words, kind: t.palette.goTo, run: () => ui.go(route) })
  const { entry } = play
  return [
    goTo('go favourites', 'heart', t.lists.favourites, { view: 'favourites' }),
    goTo('go playlists', 'playlist', t.lists.title, { view: 'playlists' }),
    ...lists.playlists.filter(({ kind }) => kind === 'list').map(({ id, name }) => goTo(`list ${id}`, 'playlist', name, { view: 'playlist', id })),
    ...(entry ? listCommands.trackItems([placed(entry.track, entry.home)]) : []).concat(listCommands.newMenu(null)).flatMap(({ words, icon = 'playlist', run }) =>
      run ? [{ key: `do ${words}`, icon, words, kind: t.palette.action, run }] : []),
  ]
}

/** What the palette offers for the letters typed so far. */
export function choices(model: Model, q: string, found: Found | null): Choice[] {
  const { ui, app, commands, player, lists } = model
  const places: [IconName, string, Route][] = [
    ['recent', t.views.recent, { view: 'recent' }], ['albums', t.views.albums, { view: 'albums' }],
    ['artists', t.views.artists, { view: 'artists', id: null }], ['songs', t.views.songs, { view: 'songs' }],
    ['videos', t.views.videos, { view: 'videos' }], ['home', t.views.homes, { view: 'homes' }],
    ...(commands.mayShare ? [['shared', t.views.shared, { view: 'shared' }] as [IconName, string, Route]] : []),
  ]
  const fixed: Choice[] = [
    ...places.map(([icon, words, route]) => ({ key: `go ${route.view}`, icon, words, kind: t.palette.goTo, run: () => ui.go(route) })),
    ...(lists.here ? listChoices(model) : []),
    ...model.homes.map((home) => ({ key: `home ${home.id}`, icon: 'home' as const, words: home.name, kind: t.palette.switchHome, run: () => app.chooseHome(home.id) })),
    ...(commands.mayShare && (ui.route.view === 'album' || model.play.entry)
      ? [{ key: 'do share', icon: 'share' as const, words: t.keys.share, kind: t.palette.action, run: () => run(model, 'share') }]
      : []),
    ...accountMenu(model).flatMap((item) => {
      const run = item.run ?? (item.href ? () => location.assign(item.href ?? '') : null)
      return run ? [{ key: `do ${item.words}`, icon: item.icon ?? 'theme', words: item.words, kind: t.palette.action, run }] : []
    }),
  ]
  const letters = q.trim().toLowerCase()
  const near = fixed.filter((choice) => letters === '' || choice.words.toLowerCase().includes(letters))
  if (!found || letters === '') return near
  return [
    ...near,
    ...found.artists.map((artist) => ({ key: `artist ${artist.id}`, icon: 'artists' as const, words: artist.name, kind: t.columns.artist, run: () => ui.go({ view: 'artists', id: artist.id }) })),
    ...found.albums.map((album) => ({ key: `album ${album.id}`, icon: 'albums' as const, words: album.title, kind: album.artist ?? t.columns.album, run: () => void commands.playAlbum(album.id) })),
    ...found.tracks.map((track) => ({ key: `track ${track.id}`, icon: 'play' as const, words: track.title, kind: track.artist ?? '', run: () => player.playNow([track]) })),
  ]
}
