/** Shares on the wire, as `protocol/src/shares.rs` defines them. Points in time are Unix milliseconds. */

import type { ItemId } from './home-types'
import type { Access, PeerIdText, RowId } from './portal-types'

export type ShareKind = 'track' | 'album' | 'playlist'

/** An item of a share, as the sender's player saw it. Empty texts mean unknown. */
export interface SharedItem {
  track: ItemId
  title: string
  artist: string
  album: string
  duration_ms: number
  /** Left out when there is none. */
  cover?: ItemId
  kind: 'audio' | 'video'
}

/** `POST /api/v1/shares`: one link for each recipient, or one to pass on by hand when there is none. */
export interface NewShare {
  /** Made here: the same request again gets the same answer. */
  id: RowId
  home: PeerIdText
  kind: ShareKind
  title: string
  subtitle: string | null
  cover: ItemId | null
  items: SharedItem[]
  recipients: string[]
  note: string
  expires_days: number
  /** Plays of each link. */
  plays_max: number
  /** Visitors of each link at once. */
  at_once: number
  /** What each link may cost, in minutes at the dearest price. */
  cap_minutes: number
}

/** A link as it is told once: the portal keeps no secret. */
export interface MadeLink {
  id: RowId
  /** `null` for a link to pass on by hand. */
  recipient: string | null
  /** The whole link, with its secret. */
  url: string
  /** Whether a mail with the link was put on its way. */
  mailed: boolean
}

export type ShareState = 'live' | 'revoked' | 'expired' | 'used-up'

/** A link, as its sender sees it. */
export interface Share {
  id: RowId
  home: PeerIdText
  recipient: string | null
  kind: ShareKind
  title: string
  subtitle: string | null
  /** How many items it has. */
  count: number
  created_ms: number
  expires_ms: number
  plays: number
  plays_max: number
  at_once: number
  /** Visitors that listen now. */
  listening: number
  spent_minutes: number
  state: ShareState
  /** `null` when never. */
  last_play_ms: number | null
}

/** `GET /api/v1/shares`: newest first. */
export interface SharePage {
  items: Share[]
  /** Asks for older ones; `null` at the end. */
  next: string | null
}

/** What a visitor proves with every request; never part of an address. */
export interface Key {
  /** The public id. */
  share: string
  secret: string
}

/** Why a link that opens cannot be played now. */
export type Obstacle = 'sender-out-of-minutes' | 'busy'

/** `POST /api/v1/shared/open`: what a visitor sees. */
export interface Shared {
  title: string
  subtitle: string | null
  kind: ShareKind
  cover: ItemId | null
  sender_name: string
  /** Plain text; empty when there is none. */
  note: string
  items: SharedItem[]
  home: PeerIdText
  home_online: boolean
  /** `null` when never. */
  last_seen_ms: number | null
  expires_ms: number
  /** A tab that has begun a play goes on at zero. */
  plays_left: number
  can_play: boolean
  reason: Obstacle | null
  /** For facts and covers of these items, and the way to the relay. */
  access: Access
}
