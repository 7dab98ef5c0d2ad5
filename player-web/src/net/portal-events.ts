/** `GET /api/v1/events`: what the portal tells a player. */

import type { Home, RowId, Wallet } from './portal-types'

export interface PortalEvents {
  wallet(wallet: Wallet): void
  homes(homes: Home[]): void
  /** A listening of this account changed; `state` is `open` or `closed`. */
  listening(listening: { id: RowId; state: string }): void
  /** The channel stands again after it did not. */
  opened(): void
}

/** A browser gives up on answers like 502, which a restarting proxy sends: then the channel is opened anew. */
const REOPEN_MS = 5_000

/** Opens the channel; answers the way to close it. */
export function listenToPortal(handlers: PortalEvents): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = (): void => {
    source = new EventSource('/api/v1/events')
    source.addEventListener('open', () => handlers.opened())
    on(source, 'wallet', handlers.wallet)
    on(source, 'homes', handlers.homes)
    on(source, 'listening', handlers.listening)
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS)
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
