/** M3U and M3U8: reads what other players write, writes what they read. */

import type { Item } from '../../net/playlists-types'

/** One line of a list that names something to play. */
export interface M3uEntry {
  /** A path, an address, or `iroam://home/track`. */
  uri: string
  title: string | null
  artist: string | null
  album: string | null
  /** `null` when unknown. */
  seconds: number | null
}

export interface M3u {
  name: string | null
  entries: M3uEntry[]
  /** There were more entries than a list may have. */
  cut: boolean
}

/** Items of a list. */
export const M3U_ENTRIES_MAX = 10_000
/** The largest file that is read: ten thousand lines of 400 bytes. */
export const M3U_BYTES_MAX = 4 * 1024 * 1024
/** The longest line that is kept; longer ones are no paths. */
const LINE_CHARS_MAX = 4_096

/** The text of a file: UTF-8, or what Windows wrote before. */
export function decodeM3u(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** Reads a list; lines that make no sense are passed over. */
export function parseM3u(text: string): M3u {
  const list: M3u = { name: null, entries: [], cut: false }
  let next: Omit<M3uEntry, 'uri'> = blank()
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const line = raw.trim().slice(0, LINE_CHARS_MAX)
    if (line === '') continue
    if (!line.startsWith('#')) {
      if (list.entries.length >= M3U_ENTRIES_MAX) return { ...list, cut: true }
      list.entries.push({ uri: line, ...next })
      next = blank()
    } else if (line.startsWith('#EXTINF:')) next = { ...next, ...extinf(line.slice(8)) }
    else if (line.startsWith('#PLAYLIST:')) list.name = words(line.slice(10))
    else if (line.startsWith('#EXTALB:')) next = { ...next, album: words(line.slice(8)) }
    else if (line.startsWith('#EXTART:')) next = { ...next, artist: next.artist ?? words(line.slice(8)) }
  }
  return list
}

const blank = (): Omit<M3uEntry, 'uri'> => ({ title: null, artist: null, album: null, seconds: null })

const words = (text: string): string | null => text.trim() || null

/** `123 key="value",Artist - Title`: attributes may hold commas. */
function extinf(rest: string): Pick<M3uEntry, 'title' | 'artist' | 'seconds'> {
  const found = /^\s*(-?\d+(?:\.\d+)?)?((?:\s+[\w-]+="[^"]*")*)\s*,?(.*)$/.exec(rest)
  const seconds = Number(found?.[1] ?? '-1')
  const [artist, ...title] = (found?.[3] ?? '').split(' - ')
  const named = title.length > 0
  return {
    seconds: seconds > 0 ? Math.round(seconds) : null,
    artist: named ? words(artist ?? '') : null,
    title: words(named ? title.join(' - ') : (artist ?? '')),
  }
}

/** Home and track of an address of ours; `null` for any other. */
export function ownUri(uri: string): { home: string; track: string } | null {
  const found = /^iroam:\/\/([A-Za-z0-9]{20,128})\/([A-Za-z0-9_-]{22})$/.exec(uri)
  return found ? { home: found[1] as string, track: found[2] as string } : null
}

/** The list as UTF-8 text that other players read. */
export function formatM3u(name: string, items: readonly Item[]): string {
  const lines = ['#EXTM3U', `#PLAYLIST:${oneLine(name)}`]
  for (const item of items) {
    const said = item.artist ? `${oneLine(item.artist)} - ${oneLine(item.title)}` : oneLine(item.title)
    lines.push(`#EXTINF:${item.duration_ms > 0 ? Math.round(item.duration_ms / 1000) : -1},${said}`)
    if (item.album) lines.push(`#EXTALB:${oneLine(item.album)}`)
    lines.push(`iroam://${item.home}/${item.track}`)
  }
  return `${lines.join('\n')}\n`
}

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ').trim()

/** A name that every system takes for a file. */
export function fileNameOf(name: string): string {
  const safe = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, ' ').replace(/\s+/g, ' ').replace(/^[. ]+|[. ]+$/g, '').slice(0, 80)
  return `${safe || 'Playlist'}.m3u8`
}
