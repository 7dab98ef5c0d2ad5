/** The home API over any transport. */

import type {
  Album, AlbumSort, Artist, Changes, Direction, Found, Genre, ItemId, Page, PathAnswer, Status, Track, TrackSort,
} from './home-types'
import { readJson, type HomeRequest, type HomeTransport } from './transport'

/** A long poll answers within 25 s. */
const POLL_TIMEOUT_MS = 40_000

export interface TrackParams {
  sort?: TrackSort
  dir?: Direction
  q?: string
  album?: ItemId
  artist?: ItemId
  genre?: ItemId
  kind?: 'audio' | 'video'
  limit?: number
  offset?: number
}

export interface AlbumParams {
  sort?: AlbumSort
  dir?: Direction
  artist?: ItemId
  genre?: ItemId
  limit?: number
  offset?: number
}

export class HomeApi {
  readonly #transport: HomeTransport

  constructor(transport: HomeTransport) {
    this.#transport = transport
  }

  status(signal?: AbortSignal): Promise<Status> {
    return this.#get('/v1/status', {}, signal)
  }

  changes(since: number, signal: AbortSignal): Promise<Changes> {
    return this.#get('/v1/changes', { since }, signal, { priority: 'poll', headTimeoutMs: POLL_TIMEOUT_MS })
  }

  tracks(params: TrackParams, signal?: AbortSignal): Promise<Page<Track>> {
    return this.#get('/v1/tracks', params, signal)
  }

  albums(params: AlbumParams, signal?: AbortSignal): Promise<Page<Album>> {
    return this.#get('/v1/albums', params, signal)
  }

  artists(params: { genre?: ItemId; limit?: number; offset?: number }, signal?: AbortSignal): Promise<Page<Artist>> {
    return this.#get('/v1/artists', params, signal)
  }

  genres(params: { limit?: number; offset?: number }, signal?: AbortSignal): Promise<Page<Genre>> {
    return this.#get('/v1/genres', params, signal)
  }

  album(id: ItemId, signal?: AbortSignal): Promise<Album> {
    return this.#get(`/v1/albums/${encodeURIComponent(id)}`, {}, signal)
  }

  track(id: ItemId, signal?: AbortSignal): Promise<Track> {
    return this.#get(`/v1/tracks/${encodeURIComponent(id)}`, {}, signal)
  }

  search(q: string, limit: number, signal?: AbortSignal): Promise<Found> {
    return this.#get('/v1/search', { q, limit }, signal)
  }

  path(signal?: AbortSignal, grant?: string | null): Promise<PathAnswer> {
    return this.#get('/v1/path', {}, signal, grant === undefined ? {} : { grant })
  }

  async #get<T>(path: string, params: object, signal?: AbortSignal, more: Partial<HomeRequest> = {}): Promise<T> {
    const request: HomeRequest = { ...more, path: path + query(params) }
    if (signal) request.signal = signal
    return (await readJson(await this.#transport.request(request))) as T
  }
}

function query(params: object): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params) as [string, string | number | undefined][]) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
