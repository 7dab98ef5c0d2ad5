/** What plays in one page: the gate to the bytes of homes, the listening that pays for them, and the player, wired together. */

import { HomeApi } from '../net/home-api'
import type { Homes } from './homes'
import { coverUrl } from './library'
import { Listening, type ListeningPort } from './listening'
import { MediaGate } from './media-gate'
import { EnginePlayer, type PlayerHooks } from './player'
import { until } from './readable'
import type { PeerIdText, Readable } from './types'

/** A heartbeat does not wait longer for the home's word on the path. */
const PATH_REPORT_TIMEOUT_MS = 3_000

/** What a page knows that plays. */
export interface Around extends Pick<PlayerHooks, 'collection' | 'home' | 'isForeign' | 'currency' | 'stopOther' | 'needs'> {
  /** `null` while it is not known who serves this page. */
  homes(): Homes | null
  /** Covers and media need the worker: before it controls this page nothing of a home is played. */
  readonly workerReady: Readable<boolean>
  /** Where listenings are opened. */
  readonly portal: ListeningPort
  /** Whether minutes are counted. */
  metered(): boolean
}

export class Playback {
  readonly listening: Listening
  readonly gate: MediaGate
  readonly player: EnginePlayer
  readonly #around: Around

  constructor(around: Around) {
    this.#around = around
    this.listening = this.#makeListening()
    this.gate = this.#makeGate()
    this.player = this.#makePlayer()
  }

  /** Resolves when something of that home can be had; rejects with the signal's reason. */
  async whenUp(home: PeerIdText, signal: AbortSignal): Promise<void> {
    await until(this.#around.workerReady, (ready) => ready, signal)
    await this.#around.homes()?.whenUp(home, signal)
  }

  /** Silence. */
  close(): void {
    this.player.close()
    this.listening.close()
  }

  #makeListening(): Listening {
    return new Listening(this.#around.portal, {
      pathReport: (home, grant) => this.#pathReport(home, grant),
      bufferedMs: () => this.player.bufferedAheadMs,
      relay: (home, relay, timeMs) => this.#around.homes()?.offerRelay(home, relay, timeMs),
      nowMs: () => performance.now(),
      wallMs: () => Date.now(),
      random: Math.random,
      key: () => crypto.randomUUID(),
    })
  }

  #makeGate(): MediaGate {
    const { listening } = this
    return new MediaGate({
      transport: (home) => this.#around.homes()?.transport(home) ?? null,
      whenUp: (home, signal) => this.whenUp(home, signal),
      grant: (home, signal) => listening.grant(home, signal),
      renewGrant: (home, signal) => listening.renew(home, signal),
      playing: (id) => this.player.playing(id),
      aheadOfLease: async (starved) => (starved ? listening.close() : listening.beatNow()),
    })
  }

  #makePlayer(): EnginePlayer {
    const around = this.#around
    const { listening } = this
    return new EnginePlayer({
      gate: this.gate,
      get listening() {
        return around.metered() ? listening : null
      },
      collection: around.collection,
      home: () => around.home(),
      mediaUrl: (home, track) => `/home/${home}/v1/media/${encodeURIComponent(track.id)}`,
      coverUrl: (home, track, size) => (track.cover_id === null ? null : coverUrl(home, track.cover_id, size)),
      isUp: (home) => around.workerReady.get() && (around.homes()?.isUp(home) ?? false),
      isForeign: (home) => around.isForeign(home),
      path: (home) => around.homes()?.path(home) ?? null,
      currency: () => around.currency(),
      stopOther: (id) => around.stopOther(id),
      needs: (home) => around.needs(home),
    })
  }

  async #pathReport(home: PeerIdText, grant: string): Promise<string | null> {
    this.player.settle()
    const homes = this.#around.homes()
    const transport = homes?.isUp(home) ? homes.transport(home) : null
    if (!transport) return null
    try {
      return (await new HomeApi(transport).path(AbortSignal.timeout(PATH_REPORT_TIMEOUT_MS), grant)).report
    } catch {
      return null
    }
  }
}
