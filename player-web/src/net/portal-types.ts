/**
 * The portal's JSON API under `/api/v1`, as `protocol/src/portal.rs` defines it. Money is integer micro-units of the
 * portal's one currency; points in time are Unix milliseconds; lengths of time are milliseconds.
 */

export type PeerIdText = string
export type RowId = string
export type PathKind = 'lan' | 'direct' | 'relay'
export type Scope = 'browse' | 'listen' | 'share' | 'download'

/** Who serves this page: the portal, or a home's own agent on loopback. `GET /api/v1/boot`. */
export type Boot = { mode: 'portal' } | { mode: 'agent'; home: PeerIdText; name: string }

/** `GET /api/v1/me`: all that the player needs at its start. */
export interface Me {
  account: Account
  wallet: Wallet
  homes: Home[]
  time_ms: number
}

export interface Account {
  id: RowId
  email: string
  email_confirmed: boolean
  /** Shown to those whom something is shared with; `null` or left out until it is chosen. */
  display_name?: string | null
  /** Of pages and mails, as in HTML; left out by portals of before. */
  language?: string
}

/** What is left. `balance_ms` is the media time that the money buys on the relay. */
export interface Wallet {
  /** ISO 4217. */
  currency: string
  available_micros: number
  held_micros: number
  balance_ms: number
  prices: Price[]
}

export interface Price {
  path: PathKind
  micros_per_minute: number
}

export interface Home {
  id: PeerIdText
  name: string
  os: string
  version: string
  online: boolean
  /** `null` when never. */
  last_seen_ms: number | null
  activated_ms: number
}

/** What a player needs to reach a home. */
export interface Access {
  grant: string
  scope: Scope
  expires_ms: number
  relay: RelayAccess
  time_ms: number
}

/** Relays, and the token that admits. */
export interface RelayAccess {
  token: string
  /** Multiaddrs with `/p2p/`, best first. */
  addrs: string[]
  /** STUN servers (`stun:host:port`); none from a portal of before. */
  stun?: string[]
  expires_ms: number
}

/** The answer of open and heartbeat. */
export interface Lease {
  id: RowId
  grant: string
  expires_ms: number
  /** Media milliseconds that the home may serve. */
  ceil_ms: number
  /** Media milliseconds that the portal accepted as played. */
  played_ms: number
  charged_minutes: number
  /** Micro-units that the next minute costs on the present path. */
  price_micros: number
  /** Media time left, on the present path. */
  balance_ms: number
  /** Nothing is left for another minute: the current item may end within `play_out_ms`, then playing stops. */
  final: boolean
  play_out_ms: number | null
  relay: RelayAccess
  time_ms: number
}

export interface Heartbeat {
  /** Counts up; a lower one than seen is answered and otherwise ignored. */
  seq: number
  /** Cumulative media milliseconds played in this listening. */
  played_ms: number
  /** Media milliseconds fetched ahead. */
  buffered_ms: number
  playing: boolean
  /** The home's signed path report; `null` when none is at hand. */
  path_report: string | null
}

/** A listening that runs, for "stop the other". */
export interface RunningListening {
  id: RowId
  home: string
  /** Such as `Firefox on Windows`. */
  device: string
  opened_ms: number
  played_ms: number
  playing: boolean
}

/** Problem details (RFC 9457) with a stable `type`. */
export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
  field?: string
}
