/** What the worker and a page tell each other. The worker keeps nothing between two requests, so its death costs none. */

import type { Destination } from './rules'

/** Worker to page, with a port for the answer. */
export interface AskPage {
  type: 'iroam-ask'
  home: string
  path: string
  method: 'GET' | 'HEAD'
  range: string | null
  destination: Destination
}

/** Worker to page, over the port. One `pull`, one chunk; a few pulls are sent ahead. */
export type ToPage = { type: 'pull' } | { type: 'cancel' }

/** Page to worker, over the port. */
export type ToWorker =
  /** This page takes the request; comes at once, the head when the home has answered. */
  | { type: 'taken' }
  /** This page has no link to that home. */
  | { type: 'declined' }
  | { type: 'head'; status: number; headers: [string, string][] }
  | { type: 'chunk'; bytes: Uint8Array }
  | { type: 'end' }
  | { type: 'failed'; status: number; title: string }

/** Page to worker, without port. */
export type PageCommand = { type: 'iroam-claim' }

/** Covers, apart from the HTTP cache, which synthetic answers do not enter. */
export const COVER_CACHE = 'iroam-covers-1'
/** Covers that are kept: a wall of albums, about 20 MB. */
export const COVERS_MAX = 600
