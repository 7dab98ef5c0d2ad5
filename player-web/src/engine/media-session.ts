/** What the system's own media controls show and do (Media Session, W3C). */

import type { Position, Track } from './types'

export interface SessionActions {
  play(): void
  pause(): void
  next(): void
  previous(): void
  seek(positionMs: number): void
  seekBy(deltaMs: number): void
}

/** A jump by the system's buttons, unless it names another. */
const JUMP_MS = 10_000
const SIZES = [96, 256, 512] as const

export class SystemControls {
  readonly #session: MediaSession | null = 'mediaSession' in navigator ? navigator.mediaSession : null

  constructor(actions: SessionActions) {
    this.#on('play', () => actions.play())
    this.#on('pause', () => actions.pause())
    this.#on('stop', () => actions.pause())
    this.#on('nexttrack', () => actions.next())
    this.#on('previoustrack', () => actions.previous())
    this.#on('seekto', (details) => actions.seek((details.seekTime ?? 0) * 1000))
    this.#on('seekforward', (details) => actions.seekBy((details.seekOffset ?? JUMP_MS / 1000) * 1000))
    this.#on('seekbackward', (details) => actions.seekBy(-(details.seekOffset ?? JUMP_MS / 1000) * 1000))
  }

  /** `coverUrl` answers the address of the cover in a size; `null` for none. */
  show(track: Track | null, coverUrl: (size: (typeof SIZES)[number]) => string | null): void {
    if (!this.#session) return
    if (!track) {
      this.#session.metadata = null
      return
    }
    const artwork = SIZES.flatMap((size) => {
      const src = coverUrl(size)
      return src === null ? [] : [{ src, sizes: `${size}x${size}` }]
    })
    this.#session.metadata = new MediaMetadata({
      title: track.title, artist: track.artist ?? '', album: track.album ?? '', artwork,
    })
  }

  state(state: MediaSessionPlaybackState): void {
    if (this.#session) this.#session.playbackState = state
  }

  position({ positionMs, durationMs }: Position, speed: number): void {
    if (!this.#session || durationMs <= 0) return
    const duration = durationMs / 1000
    try {
      this.#session.setPositionState({ duration, position: Math.min(positionMs / 1000, duration), playbackRate: speed })
    } catch {
      // A browser without position state: its controls show none.
    }
  }

  #on(action: MediaSessionAction, run: MediaSessionActionHandler): void {
    try {
      this.#session?.setActionHandler(action, run)
    } catch {
      // A browser that does not know this action.
    }
  }
}
