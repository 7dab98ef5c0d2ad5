import { bestOf, searchesOf } from '../engine/lists/match'
import { ownUri, type M3uEntry } from '../engine/lists/m3u'
import { placed } from '../engine/placed'
import { LibraryError, type LibraryApi, type PeerIdText, type Track } from '../engine/types'

/** Songs that are looked for at the same time. */
const AT_ONCE = 4
/** Hits that a search answers: the song is among the first, or it is another one. */
const HITS = 20

/** What became of a foreign list: tracks in its order, and the entries that nothing fits. */
export interface Matched {
  found: Track[]
  missing: M3uEntry[]
}

/**
 * Looks every entry up in the library that is shown; addresses of ours are asked of their own home. Rejects when the
 * library does not answer, or with the signal's reason.
 */
export async function matchAll(
  library: Pick<LibraryApi, 'search' | 'track'>, home: PeerIdText, entries: readonly M3uEntry[], signal: AbortSignal, progress: (done: number) => void,
): Promise<Matched> {
  const tracks = new Array<Track | null>(entries.length).fill(null)
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < entries.length; at = next++) {
      signal.throwIfAborted()
      tracks[at] = await matchOne(library, home, entries[at] as M3uEntry, signal)
      progress(++done)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { found: tracks.filter((track) => track !== null), missing: entries.filter((_, at) => tracks[at] === null) }
}

async function matchOne(library: Pick<LibraryApi, 'search' | 'track'>, home: PeerIdText, entry: M3uEntry, signal: AbortSignal): Promise<Track | null> {
  const own = ownUri(entry.uri)
  if (own) {
    const track = await library.track(own.home, own.track, signal).catch(() => null)
    if (track) return placed(track, own.home)
  }
  for (const text of searchesOf(entry)) {
    const found = await library.search(text, HITS, signal).catch((error: unknown) => {
      // A text that the home refuses finds nothing; a home that does not answer ends the search.
      if (error instanceof LibraryError && error.kind === 'broken') return null
      throw error
    })
    const best = found && bestOf(entry, found.tracks)
    if (best) return placed(best, home)
  }
  return null
}
