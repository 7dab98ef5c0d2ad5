import { expect, it } from 'vitest'
import { href, parse, type Route } from './route'

const routes: Route[] = [
  { view: 'recent' }, { view: 'albums' }, { view: 'album', id: 'a b/c' }, { view: 'artists', id: null },
  { view: 'artists', id: 'x' }, { view: 'songs' }, { view: 'videos' }, { view: 'search', q: 'múm & co' }, { view: 'homes' },
  { view: 'playlists' }, { view: 'playlist', id: '0190-ab' }, { view: 'favourites' },
]
it.each(routes)('%o survives its address', (route) => expect(parse(href(route))).toEqual(route))
it.each(['', '#', '#/nowhere', '#/albums/%'])('%s is the first view or the list', (hash) =>
  expect(['recent', 'albums']).toContain(parse(hash).view))
