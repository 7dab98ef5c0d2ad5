/** How the page of a shared link knows what it may open, and what stands in the way. Pure. */

import { ProblemError } from '../net/transport'
import type { Key, Obstacle, Shared } from '../net/share-types'

/** What became of the link. */
export type Visit =
  | { kind: 'opening' }
  /** The portal does not answer; it is asked again by itself. */
  | { kind: 'portalAway' }
  /** This browser has no service worker for this page. */
  | { kind: 'noWorker' }
  /** Unknown, expired, revoked, used up, or not copied whole: all alike. */
  | { kind: 'gone' }
  | { kind: 'open'; shared: Shared; obstacle: Obstacle | null }

/** The window, as far as the link is in it. */
export interface Place {
  readonly pathname: string
  readonly hash: string
  /** For reloads of this tab; may throw where site data are blocked. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>
  /** Puts another address into the bar without going there. */
  replace(url: string): void
}

const KEPT = 'iroam-share'
/** 256 bits in base64url, with room for a longer one. */
const SECRET = /^[A-Za-z0-9_-]{16,128}$/
const PATH = /^\/s\/([A-Za-z0-9_-]{1,64})$/

/**
 * The link of this page: from its address, else from what this tab kept. The secret leaves the address as soon as it is
 * kept for a reload, so that nobody reads it over a shoulder or in a history. `null` when there is no whole link.
 */
export function takeKey(place: Place): Key | null {
  const share = PATH.exec(place.pathname)?.[1]
  if (share === undefined) return null
  const named = `${KEPT}/${share}`
  const written = place.hash.replace(/^#/, '')
  if (!SECRET.test(written)) {
    const kept = quietly(() => place.storage.getItem(named))
    return kept !== null && SECRET.test(kept) ? { share, secret: kept } : null
  }
  const isKept = quietly(() => {
    place.storage.setItem(named, written)
    return place.storage.getItem(named) === written
  })
  if (isKept) place.replace(place.pathname)
  return { share, secret: written }
}

/** What a refusal of the portal means for the visit; `null` when it passes by itself. */
export function refusalOf(error: unknown): 'gone' | Obstacle | null {
  if (!(error instanceof ProblemError)) return null
  if (error.is('share-gone')) return 'gone'
  if (error.is('share-busy')) return 'busy'
  return error.is('sender-out-of-minutes', 'no-minutes') ? 'sender-out-of-minutes' : null
}

function quietly<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}
