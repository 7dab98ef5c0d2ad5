/** `GET /api/v1/events`: what the portal tells a player. */

import type { PlaylistsChanged, QueueChanged } from './playlists-types'
import type { Home, RowId, Wallet } from './portal-types'

export interface PortalEvents {
  wallet(wallet: Wallet): void
  homes(homes: Home[]): void
  /** A listening of this account changed; `state` is `open` or `closed`. */
  listening(listening: { id: RowId; state: string }): void
  /** These playlists changed, or the tree that they are in: look again. */
  playlists(news: PlaylistsChanged): void
  /** Favourites or stars changed: look again. */
  marks(news: { cursor: number }): void
  /** A player of this account plays something else: look again. */
  queue(news: QueueChanged): void
  /** The channel stands again after it did not. */
  opened(): void
  /** The portal refused it: a restart behind a proxy, or the session has ended. */
  refused(): void
}

/** A browser gives up on answers like 502, which a restarting proxy sends: then the channel is opened anew. */
const REOPEN_MS = 5_000
/** The portal tells the time every 15 s: a channel silent for so long is dead, as after sleep. */
const SILENCE_MS = 45_000

/** Opens the channel; answers the way to close it. */
export function listenToPortal(handlers: PortalEvents): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  const reopenAfter = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      source.close()
      open()
    }, ms)
  }
  const open = (): void => {
    source = new EventSource('/api/v1/events')
    const alive = (): void => reopenAfter(SILENCE_MS)
    alive()
    source.addEventListener('open', () => handlers.opened())
    for (const name of ['open', 'time', 'wallet', 'homes', 'listening', 'playlists', 'marks', 'queue']) source.addEventListener(name, alive)
    on(source, 'wallet', handlers.wallet)
    on(source, 'homes', handlers.homes)
    on(source, 'listening', handlers.listening)
    on(source, 'playlists', handlers.playlists)
    on(source, 'marks', handlers.marks)
    on(source, 'queue', handlers.queue)
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return
      reopenAfter(REOPEN_MS)
      handlers.refused()
    })
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}

function on<T>(source: EventSource, name: string, run: (value: T) => void): void {
  source.addEventListener(name, (event: MessageEvent<string>) => {
    let value: T
    try {
      value = JSON.parse(event.data) as T
    } catch {
      return
    }
    run(value)
  })
}
