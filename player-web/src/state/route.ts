/** Where the player is, as the hash of its address says it. */
export type Route =
  | { view: 'recent' }
  | { view: 'albums' }
  | { view: 'album'; id: string }
  | { view: 'artists'; id: string | null }
  | { view: 'songs' }
  | { view: 'videos' }
  | { view: 'search'; q: string }
  | { view: 'homes' }
  | { view: 'playlists' }
  | { view: 'playlist'; id: string }
  | { view: 'favourites' }
  | { view: 'shared' }

/** The route that a hash names; anything unknown is the first view. */
export function parse(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view, rawId] = path.split('/')
  const id = rawId ? decode(rawId) : null
  switch (view) {
    case 'albums':
      return id ? { view: 'album', id } : { view: 'albums' }
    case 'artists':
      return { view: 'artists', id }
    case 'songs':
    case 'videos':
    case 'homes':
    case 'favourites':
    case 'shared':
      return { view }
    case 'playlists':
      return id ? { view: 'playlist', id } : { view: 'playlists' }
    case 'search':
      return { view: 'search', q: new URLSearchParams(search).get('q') ?? '' }
    default:
      return { view: 'recent' }
  }
}

/** The hash of a route. */
export function href(route: Route): string {
  switch (route.view) {
    case 'album':
      return `#/albums/${encodeURIComponent(route.id)}`
    case 'artists':
      return route.id ? `#/artists/${encodeURIComponent(route.id)}` : '#/artists'
    case 'playlist':
      return `#/playlists/${encodeURIComponent(route.id)}`
    case 'search':
      return route.q ? `#/search?${new URLSearchParams({ q: route.q })}` : '#/search'
    default:
      return `#/${route.view}`
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
