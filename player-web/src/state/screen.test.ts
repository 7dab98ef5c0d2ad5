import { describe, expect, it } from 'vitest'
import type { HomeConnection, LibraryStatus, Session } from '../engine/types'
import { screenOf } from './screen'

const local: Session = { kind: 'local', home: 'h', name: 'Attic' }
const online: HomeConnection = { kind: 'online', home: 'h', path: 'relay', rttMs: 12 }
const offline: HomeConnection = { kind: 'homeOffline', home: 'h', lastSeenMs: null, retryAtMs: 1 }
const status = (tracks: number, scan: LibraryStatus['scan'] = null): LibraryStatus => ({
  home: 'h', name: 'Attic', revision: 1, scan, unreadable: [],
  counts: { tracks, albums: 0, artists: 0, genres: 0, duration_ms: 0, failed: 0 },
})

describe('what fills the page', () => {
  it('is the sign-in when nobody is signed in, whatever else is known', () =>
    expect(screenOf({ kind: 'signedOut', signInUrl: '/sign-in' }, online, status(5)).kind).toBe('signedOut'))
  it('is how to install when the account has no home', () =>
    expect(screenOf(local, { kind: 'none' }, null).kind).toBe('noHome'))
  it('is the connection while nothing was heard of the home', () =>
    expect(screenOf(local, offline, null).kind).toBe('connection'))
  it('is the library with the trouble above it once it was heard', () =>
    expect(screenOf(local, offline, status(5))).toEqual({ kind: 'library', trouble: offline }))
  it('is not the library of another home', () =>
    expect(screenOf(local, { ...offline, home: 'other' }, status(5)).kind).toBe('connection'))
  it('keeps the library while the portal is away', () =>
    expect(screenOf({ kind: 'error', trouble: { message: '', nextStep: '' }, fatal: false }, online, status(5)).kind).toBe('library'))
  it('tells an empty library from one that is being read', () => {
    expect(screenOf(local, online, status(0)).kind).toBe('empty')
    expect(screenOf(local, online, status(0, { found: 3, done: 0, walked: false })).kind).toBe('firstScan')
    expect(screenOf(local, online, status(1, { found: 3, done: 1, walked: false })).kind).toBe('library')
  })
})
