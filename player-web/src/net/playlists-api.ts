/** Playlists, marks and the queue at the portal. */

import type { ItemId } from './home-types'
import type {
  Invitation, KeptQueue, Mark, Marks, NewMark, NewQueue, Operation, OperationsApplied, Place, Playlist, PlaylistRead,
  Playlists,
} from './playlists-types'
import { PortalCalls } from './portal'
import type { PeerIdText, RowId } from './portal-types'

/** What may change of a playlist; a field left out stays. */
export interface PlaylistChange {
  op: RowId
  name?: string
  place?: Place
}

const QUEUE = '/api/v1/queue'
const path = (id: RowId): string => `/api/v1/playlists/${encodeURIComponent(id)}`

export class PlaylistsApi extends PortalCalls {
  all(): Promise<Playlists> {
    return this.call('GET', '/api/v1/playlists')
  }

  create(id: RowId, name: string, kind: 'list' | 'folder', parent: RowId | null): Promise<Playlist> {
    return this.call('POST', '/api/v1/playlists', { id, name, kind, parent })
  }

  change(id: RowId, change: PlaylistChange): Promise<Playlist> {
    return this.call('PATCH', path(id), change)
  }

  async remove(id: RowId): Promise<void> {
    await this.call('DELETE', path(id))
  }

  async restore(id: RowId): Promise<void> {
    await this.call('POST', `${path(id)}/restore`)
  }

  duplicate(of: RowId, id: RowId, name: string): Promise<Playlist> {
    return this.call('POST', `${path(of)}/duplicate`, { id, name })
  }

  /** The whole list; with `since`, what came after that operation. */
  read(id: RowId, since: number | null): Promise<PlaylistRead> {
    return this.call('GET', since === null ? path(id) : `${path(id)}?since=${since}`)
  }

  operate(id: RowId, operations: readonly Operation[]): Promise<OperationsApplied> {
    return this.call('POST', `${path(id)}/operations`, { operations })
  }

  async invite(id: RowId, email: string): Promise<void> {
    await this.call('POST', `${path(id)}/invitations`, { email })
  }

  /** Takes an invitation back that was not taken up yet. */
  async withdraw(id: RowId, invitation: RowId): Promise<void> {
    await this.call('DELETE', `${path(id)}/invitations/${encodeURIComponent(invitation)}`)
  }

  /** Ends a member's editing; one's own id leaves the list. */
  async dismiss(id: RowId, account: RowId): Promise<void> {
    await this.call('DELETE', `${path(id)}/members/${encodeURIComponent(account)}`)
  }

  /** Invitations that wait; for the owner. */
  invitations(id: RowId): Promise<Invitation[]> {
    return this.call('GET', `${path(id)}/invitations`)
  }

  /** Later marks than that cursor; all of them for `null`. */
  marks(since: number | null): Promise<Marks> {
    return this.call('GET', since === null ? '/api/v1/marks' : `/api/v1/marks?since=${since}`)
  }

  mark(home: PeerIdText, track: ItemId, change: NewMark): Promise<Mark> {
    return this.call('PUT', `/api/v1/marks/${encodeURIComponent(home)}/${encodeURIComponent(track)}`, change)
  }

  /** `null` when none is kept. */
  queue(): Promise<KeptQueue | null> {
    return this.call('GET', QUEUE)
  }

  async keepQueue(queue: NewQueue): Promise<void> {
    await this.call('PUT', QUEUE, queue)
  }

  async forgetQueue(): Promise<void> {
    await this.call('DELETE', QUEUE)
  }

  /** For a page that goes away: sent even when the page is gone before the answer, which nobody reads. */
  lastQueue(queue: NewQueue): void {
    const init = { method: 'PUT', keepalive: true, headers: { 'content-type': 'application/json' }, body: JSON.stringify(queue) }
    void fetch(QUEUE, init).catch(() => undefined)
  }
}
