/** What a person is about to share: addresses, terms, price. Pure; `sharing.svelte.ts` keeps it and sends it. */

import type { ItemId, NewShare, PeerIdText, RowId, ShareKind, SharedItem, Track, Wallet } from '../engine/types'

/** The portal's limits, as `protocol/src/shares.rs` has them. */
export const LIMITS = { items: 500, recipients: 20, note: 500, text: 300, days: 90, plays: 1_000, atOnce: 10, minutes: 10_000 } as const
/** Lives of a link that are offered, in days. */
export const LIVES_DAYS = [1, 3, 7, 14, 30, 90] as const
/** Longest address (RFC 5321 §4.5.3.1.3, without its angle brackets). */
const ADDRESS_MAX = 254

/** What is shared. */
export interface Subject {
  home: PeerIdText
  kind: ShareKind
  title: string
  /** A second line, such as the artist; `null` for none. */
  subtitle: string | null
  cover: ItemId | null
  tracks: readonly SharedTrack[]
  /** Songs of a list that are at other homes: a link reaches one. */
  leftOut: number
}

export type SharedTrack = Pick<Track, 'id' | 'title' | 'artist' | 'album' | 'duration_ms' | 'kind' | 'cover_id'>

/** To whom, and how far. */
export interface Terms {
  recipients: readonly string[]
  note: string
  expiresDays: number
  playsMax: number
  atOnce: number
  capMinutes: number
}

export const DEFAULT_TERMS: Terms = { recipients: [], note: '', expiresDays: 14, playsMax: 10, atOnce: 2, capMinutes: 60 }

export function subjectOfTrack(home: PeerIdText, track: Track): Subject {
  return { home, kind: 'track', title: track.title, subtitle: track.artist, cover: track.cover_id, tracks: [track], leftOut: 0 }
}

/** What of a list's song is shared, and where it is. */
export type ListedSong = Omit<SharedTrack, 'id'> & { home: PeerIdText; track: ItemId }

/** A list, as far as it is at the one of these homes that has most of it; `null` when none has any of it. */
export function subjectOfList(name: string, songs: readonly ListedSong[], homes: readonly PeerIdText[]): Subject | null {
  const counts = homes.map((home) => ({ home, count: songs.filter((song) => song.home === home).length }))
  const best = counts.reduce<{ home: PeerIdText; count: number } | null>((most, one) => (one.count > (most?.count ?? 0) ? one : most), null)
  if (!best) return null
  const tracks = songs.filter((song) => song.home === best.home).map(({ track, ...song }) => ({ ...song, id: track }))
  return { home: best.home, kind: 'playlist', title: name, subtitle: null, cover: null, tracks, leftOut: songs.length - tracks.length }
}

/** Addresses found in typed or pasted text, as mail programs write them: `Ida <ida@example.org>; ben@example.org`. */
export function readAddresses(text: string): { found: string[]; wrong: string[] } {
  // Names in quotes may hold commas. Where a part has an address in angle brackets, the rest of it is a name.
  const parts = text.replace(/"[^"]*"/g, ' ').split(/[,;\n]/)
  const words = parts.flatMap((part) => {
    const bracketed = [...part.matchAll(/<([^<>]*)>/g)].map((match) => match[1] ?? '')
    return (bracketed.length > 0 ? bracketed : part.split(/\s+/)).map((word) => word.trim().replace(/^mailto:/i, ''))
  }).filter((word) => word !== '')
  return { found: words.filter(isAddress), wrong: words.filter((word) => !isAddress(word)) }
}

/** A plain look, so that slips are seen before anything is sent; the portal decides. */
export function isAddress(text: string): boolean {
  return text.length <= ADDRESS_MAX && /^[^\s@"<>(),;:\\]{1,64}@[^\s@"<>(),;:\\.]+(\.[^\s@"<>(),;:\\.]+)+$/.test(text)
}

/** Adds what a text names: each address once, as many as one request takes. */
export function addAddresses(have: readonly string[], text: string): { recipients: string[]; wrong: string[]; left: number } {
  const { found, wrong } = readAddresses(text)
  const recipients = [...have]
  let left = 0
  for (const address of found) {
    if (recipients.some((known) => known.toLowerCase() === address.toLowerCase())) continue
    if (recipients.length < LIMITS.recipients) recipients.push(address)
    else left++
  }
  return { recipients, wrong, left }
}

/** What the portal would refuse in a note; `null` for a note that passes here. */
export function noteTrouble(note: string): 'long' | 'links' | null {
  if ([...note].length > LIMITS.note) return 'long'
  return /:\/\/|\bwww\./i.test(note) ? 'links' : null
}

/** A whole number inside its limits; `fallback` for what is none. */
export function within(value: number, max: number, fallback: number): number {
  return Number.isFinite(value) && value >= 1 ? Math.min(Math.floor(value), max) : fallback
}

/** How many links are made. */
export function linksOf(terms: Terms): number {
  return Math.max(1, terms.recipients.length)
}

/** What listening costs the sender: by the minute on the dearest path, and at most for all links together. */
export function priceOf(terms: Terms, wallet: Wallet | null): { minuteMicros: number; mostMicros: number; currency: string } | null {
  if (!wallet || wallet.prices.length === 0) return null
  const minuteMicros = Math.max(...wallet.prices.map((price) => price.micros_per_minute))
  return { minuteMicros, mostMicros: minuteMicros * terms.capMinutes * linksOf(terms), currency: wallet.currency }
}

/** The request for it. */
export function requestOf(id: RowId, subject: Subject, terms: Terms): NewShare {
  const items = subject.tracks.slice(0, LIMITS.items).map(itemOf)
  // A visitor reaches the covers of the items only.
  const covers = items.flatMap(({ cover }) => cover ?? [])
  return {
    id,
    home: subject.home,
    kind: subject.kind,
    title: line(subject.title) || '–',
    subtitle: subject.subtitle === null ? null : line(subject.subtitle),
    cover: covers.find((cover) => cover === subject.cover) ?? covers[0] ?? null,
    items,
    recipients: [...terms.recipients],
    note: terms.note.trim(),
    expires_days: terms.expiresDays,
    plays_max: terms.playsMax,
    at_once: terms.atOnce,
    cap_minutes: terms.capMinutes,
  }
}

/** The part of the form that a refusal names, such as `recipients[2]`; `null` for none of them. */
export function partOf(field: string | null): keyof Terms | null {
  const name = /^[a-z_]+/.exec(field ?? '')?.[0] ?? ''
  const parts: Record<string, keyof Terms> = {
    recipients: 'recipients', note: 'note', expires_days: 'expiresDays', plays_max: 'playsMax', at_once: 'atOnce', cap_minutes: 'capMinutes',
  }
  return parts[name] ?? null
}

function itemOf(track: SharedTrack): SharedItem {
  return {
    track: track.id,
    title: line(track.title),
    artist: line(track.artist ?? ''),
    album: line(track.album ?? ''),
    duration_ms: track.duration_ms,
    kind: track.kind,
    ...(track.cover_id === null ? {} : { cover: track.cover_id }),
  }
}

/** Tags may hold anything; the portal takes one line of characters to read, without addresses. What is longer ends in "…". */
function line(text: string): string {
  const plain = text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu, ' ').replaceAll('://', ': ').trim()
  const chars = [...plain]
  return chars.length <= LIMITS.text ? plain : `${chars.slice(0, LIMITS.text - 1).join('')}…`
}
