/**
 * What may pass between a home and this origin. What a home sends is untrusted: whatever is not listed here does not
 * pass. Pure decisions; `sw.ts` carries them out.
 */

import { CHUNK_BYTES_MAX, cutRange, firstByte, parseContentRange } from './range'

/** A request as the worker sees it. */
export interface Asked {
  url: string
  method: string
  mode: string
  destination: string
  /** The `Range` header. */
  range: string | null
  /** The worker's own origin. */
  origin: string
}

export type Destination = 'audio' | 'video' | 'image' | 'track' | ''

export interface Allowed {
  kind: 'ask'
  home: string
  /** From `/v1/` on, with its query. */
  path: string
  method: 'GET' | 'HEAD'
  destination: Destination
  /** The range to ask the home with, already cut. */
  range: string | null
}

export type Decision =
  /** Not the worker's: the network answers, where `/home/*` is always 404. */
  | { kind: 'network' }
  | { kind: 'refuse'; status: number; title: string }
  | Allowed

const DESTINATIONS: ReadonlySet<string> = new Set<Destination>(['audio', 'video', 'image', 'track', ''])
/** base58btc, as PeerIds of Ed25519 keys are written. */
const HOME_PATH = /^\/home\/([1-9A-HJ-NP-Za-km-z]{40,64})(\/v1\/[A-Za-z0-9_./-]{1,200})$/
const QUERY = /^(\?[A-Za-z0-9_.=&-]{0,200})?$/

/** Whether and how the worker answers a request. */
export function decide(asked: Asked): Decision {
  const url = new URL(asked.url)
  if (url.origin !== asked.origin || !url.pathname.startsWith('/home/')) return { kind: 'network' }
  if (asked.mode === 'navigate' || !DESTINATIONS.has(asked.destination)) return { kind: 'network' }
  if (asked.method !== 'GET' && asked.method !== 'HEAD') {
    return { kind: 'refuse', status: 405, title: 'Homes are only read' }
  }
  const match = HOME_PATH.exec(url.pathname)
  if (!match || !QUERY.test(url.search) || url.pathname.includes('..')) {
    return { kind: 'refuse', status: 404, title: 'There is no such thing' }
  }
  const [, home = '', path = ''] = match
  return {
    kind: 'ask',
    home,
    path: path + url.search,
    method: asked.method,
    destination: asked.destination as Destination,
    range: cutRange(asked.range),
  }
}

/** What a home answered. */
export interface Answered {
  status: number
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>
}

export type Passed =
  | { kind: 'pass'; status: number; headers: Record<string, string>; bytesMax: number }
  /** An HLS list: pass it when {@link listStaysInside} says so. */
  | { kind: 'list'; status: number; headers: Record<string, string>; bytesMax: number }
  | { kind: 'refuse'; status: 502; title: string }

/** Longest JSON, WebVTT or HLS document. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024
/** Longest picture: a cover of 512 px is below 200 KiB. */
const IMAGE_BYTES_MAX = 4 * 1024 * 1024
/** Statuses that make sense for a read of a home; a redirect never does. */
const STATUSES: ReadonlySet<number> = new Set([
  200, 206, 400, 401, 402, 403, 404, 405, 409, 410, 413, 416, 422, 429, 500, 503,
])

type Family = 'audio' | 'video' | 'image' | 'json' | 'vtt' | 'hls'

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif'])
const LISTS: ReadonlySet<string> = new Set([
  'application/vnd.apple.mpegurl', 'application/x-mpegurl', 'audio/mpegurl', 'audio/x-mpegurl', 'video/mpegurl',
  'video/x-mpegurl',
])
const JSONS: ReadonlySet<string> = new Set(['application/json', 'application/problem+json'])

/** The kind of a media type; `null` for every type that never passes. */
export function family(mediaType: string): Family | null {
  const essence = (mediaType.split(';')[0] ?? '').trim().toLowerCase()
  if (LISTS.has(essence)) return 'hls'
  if (JSONS.has(essence)) return 'json'
  if (IMAGES.has(essence)) return 'image'
  if (essence === 'text/vtt') return 'vtt'
  if (/^audio\/[a-z0-9][a-z0-9.+-]{0,40}$/.test(essence)) return 'audio'
  if (/^video\/[a-z0-9][a-z0-9.+-]{0,40}$/.test(essence)) return 'video'
  return null
}

const FITS: Record<Destination, ReadonlySet<Family>> = {
  // A file with a picture track is played by <audio>, a song by <video>.
  audio: new Set<Family>(['audio', 'video', 'hls']),
  video: new Set<Family>(['audio', 'video', 'hls']),
  image: new Set<Family>(['image']),
  track: new Set<Family>(['vtt']),
  '': new Set<Family>(['audio', 'video', 'image', 'json', 'vtt', 'hls']),
}

/** Whether an answer passes, and as what. Every header that is not named here is dropped. */
export function filter(asked: Allowed, answered: Answered): Passed {
  const refuse = (title: string): Passed => ({ kind: 'refuse', status: 502, title })
  if (!STATUSES.has(answered.status)) return refuse('The home gave an answer that makes no sense')
  const type = answered.headers.get('content-type') ?? ''
  const kind = family(type)
  if (kind === null) return refuse('The home sent a type that is not allowed here')
  const good = answered.status < 300
  // A refusal is a problem document whatever was asked for.
  if (good ? !FITS[asked.destination].has(kind) : kind !== 'json') {
    return refuse('The home sent another type than was asked for')
  }
  const headers: Record<string, string> = { ...FIXED_HEADERS, 'content-type': clean(type) }
  let bytesMax = kind === 'image' ? IMAGE_BYTES_MAX : TEXT_BYTES_MAX
  if (kind === 'audio' || kind === 'video') bytesMax = CHUNK_BYTES_MAX
  const length = contentLength(answered.headers)
  if (length !== null) {
    if (asked.method === 'GET' && length > bytesMax) return refuse('The home sent more than was asked for')
    headers['content-length'] = String(length)
    bytesMax = Math.min(bytesMax, length)
  }
  if (answered.status === 206) {
    const range = parseContentRange(answered.headers.get('content-range'))
    const first = asked.range === null ? null : firstByte(asked.range)
    if (!range || asked.range === null || (first !== null && range.first !== first)) {
      return refuse('The home sent another range than was asked for')
    }
    const size = range.last - range.first + 1
    if (size > CHUNK_BYTES_MAX || (length !== null && length !== size)) {
      return refuse('The home sent another range than was asked for')
    }
    headers['content-range'] = `bytes ${range.first}-${range.last}/${range.length ?? '*'}`
    headers['content-length'] = String(size)
    bytesMax = size
  }
  if (kind === 'audio' || kind === 'video') headers['accept-ranges'] = 'bytes'
  if (answered.status === 416) {
    const whole = /^bytes \*\/\d{1,15}$/.exec(answered.headers.get('content-range') ?? '')
    if (whole) headers['content-range'] = whole[0]
  }
  const etag = answered.headers.get('etag')
  if (good && etag !== undefined && /^(W\/)?"[\x21\x23-\x7e]{1,100}"$/.test(etag)) headers.etag = etag
  if (good && kind === 'image') headers['cache-control'] = 'private, max-age=86400'
  return { kind: kind === 'hls' ? 'list' : 'pass', status: answered.status, headers, bytesMax }
}

/** Set on every answer, whatever the home sent. */
export const FIXED_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Whether every address in an HLS list stays inside the same home. `url` is the list's own. */
export function listStaysInside(text: string, url: string): boolean {
  const base = new URL(url)
  const inside = base.pathname.split('/').slice(0, 3).join('/') + '/v1/'
  if (!text.startsWith('#EXTM3U')) return false
  return addresses(text).every((address) => {
    let target: URL
    try {
      target = new URL(address, url)
    } catch {
      return false
    }
    return target.origin === base.origin && target.pathname.startsWith(inside) && target.username === ''
  })
}

/** Lines that are addresses, and every quoted or bare `URI=` of a tag (RFC 8216 §4). */
function addresses(text: string): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const trimmed = line.trim()
    if (trimmed === '') return []
    if (!trimmed.startsWith('#')) return [trimmed]
    return [...trimmed.matchAll(/URI\s*=\s*(?:"([^"]*)"?|([^,"]*))/gi)].map((match) => match[1] ?? match[2] ?? '')
  })
}

/** The type without parameters that could change how it is read. */
function clean(mediaType: string): string {
  const essence = (mediaType.split(';')[0] ?? '').trim().toLowerCase()
  const codecs = /;\s*codecs="([A-Za-z0-9., _-]{1,100})"/i.exec(mediaType)
  return codecs ? `${essence}; codecs="${codecs[1]}"` : essence
}

function contentLength(headers: ReadonlyMap<string, string>): number | null {
  const value = headers.get('content-length')
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
}
