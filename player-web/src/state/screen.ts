import type { HomeConnection, LibraryStatus, Session } from '../engine/types'

/** What fills the page: the library, or the one thing that is in its way. */
export type Screen =
  | { kind: 'loading' }
  | { kind: 'signedOut'; signInUrl: string }
  | { kind: 'sessionError'; session: Extract<Session, { kind: 'error' }> }
  | { kind: 'noHome' }
  | { kind: 'connection'; connection: HomeConnection }
  | { kind: 'empty'; status: LibraryStatus }
  | { kind: 'firstScan'; status: LibraryStatus }
  /** `trouble` stands above the library that is already known. */
  | { kind: 'library'; trouble: HomeConnection | null }

/** Decides it. A library that was once heard stays on the page whatever happens to the connection. */
export function screenOf(session: Session, connection: HomeConnection, status: LibraryStatus | null): Screen {
  if (session.kind === 'loading') return { kind: 'loading' }
  if (session.kind === 'signedOut') return { kind: 'signedOut', signInUrl: session.signInUrl }
  if (status === null || (connection.kind !== 'none' && status.home !== connection.home)) {
    if (session.kind === 'error') return { kind: 'sessionError', session }
    if (connection.kind === 'none') return { kind: 'noHome' }
    return connection.kind === 'online' ? { kind: 'loading' } : { kind: 'connection', connection }
  }
  if (connection.kind === 'none') return { kind: 'noHome' }
  const trouble = connection.kind === 'online' ? null : connection
  if (status.counts.tracks > 0) return { kind: 'library', trouble }
  if (trouble) return { kind: 'connection', connection }
  return status.scan ? { kind: 'firstScan', status } : { kind: 'empty', status }
}
