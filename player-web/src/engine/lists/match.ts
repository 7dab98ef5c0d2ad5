/** Which track of a library a line of a foreign list means. Decisions only; the search is asked by whoever imports. */

import type { Track } from '../types'
import type { M3uEntry } from './m3u'

/** Two lengths of one recording differ by no more: encoders pad, taggers round. */
const SAME_LENGTH_MS = 4_000

/** Letters and digits of a text, without accents, in lower case, words apart. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

/** The last name of a path or address, without folders, number, ending and escapes: `07 - Low Tide.flac` → `Low Tide`. */
export function stemOf(uri: string): string {
  const last = uri.split(/[?#]/)[0]?.split(/[\\/]/).pop() ?? ''
  let plain = last
  try {
    plain = decodeURIComponent(last)
  } catch {
    // A percent sign that is one.
  }
  return plain.replace(/\.[A-Za-z0-9]{2,4}$/, '').replace(/^\s*(?:\d{1,2}[-.])?\d{1,3}\s*[-._ ]+\s*/, '').trim()
}

/** Texts to search for, the surest first. */
export function searchesOf(entry: M3uEntry): string[] {
  const named = entry.title ? [[entry.artist, entry.title].filter(Boolean).join(' '), entry.title] : []
  return [...new Set([...named, stemOf(entry.uri)].map(folded).filter((text) => text !== ''))]
}

/** The candidate that the entry means; `null` when none is sure enough. */
export function bestOf(entry: M3uEntry, candidates: readonly Track[]): Track | null {
  let best: { track: Track; score: number } | null = null
  for (const track of candidates) {
    const score = scoreOf(entry, track)
    if (score > (best?.score ?? 0)) best = { track, score }
  }
  return best?.track ?? null
}

/** 0 when it is another one. */
function scoreOf(entry: M3uEntry, track: Track): number {
  const title = folded(track.title)
  const artist = folded(track.artist ?? '')
  const stem = folded(stemOf(entry.uri))
  const sameTitle = entry.title !== null ? folded(entry.title) === title : [title, `${artist} ${title}`].includes(stem)
  const stemSays = stem !== '' && (stem === title || stem === `${artist} ${title}`)
  if (title === '' || (!sameTitle && !stemSays)) return 0
  const wantedArtist = folded(entry.artist ?? '')
  if (wantedArtist !== '' && artist !== '' && wantedArtist !== artist && !artist.includes(wantedArtist) && !wantedArtist.includes(artist)) return 0
  const sameLength = entry.seconds !== null && Math.abs(entry.seconds * 1000 - track.duration_ms) <= SAME_LENGTH_MS
  const sameAlbum = entry.album !== null && folded(entry.album) === folded(track.album ?? '')
  return 1 + (wantedArtist !== '' && wantedArtist === artist ? 4 : 0) + (sameLength ? 2 : 0) + (sameAlbum ? 1 : 0)
}
