/** What tracks look like that are known by their ids only: from what was seen, from this browser's memory, from their home. */

import type { Item, QueuePlace } from '../net/playlists-types'
import { t } from '../words/spoken'
import { homeOf, placed, trackOf } from './placed'
import type { PeerIdText, QueueEntry, Track } from './types'

export interface KnownHooks {
  /** Asks a home; waits until it is reached. */
  track(home: PeerIdText, id: string, signal: AbortSignal): Promise<Track>
  /** This browser's memory. */
  load(): string | null
  save(text: string): void
}

/** Tracks in memory: a few queues; about 400 bytes each. */
const KNOWN_MAX = 5_000
/** Tracks around the current one that outlive the visit: about 40 KiB. */
const KEPT_MAX = 100
/** Questions to a home at once: songs that play go first. */
const AT_ONCE = 4
/** The first name is handed on at once, the others in groups, so that a list is not drawn for each. */
const GROUP = 25

const keyOf = ({ home, track }: QueuePlace): string => `${home}/${track}`

export class KnownTracks {
  readonly #hooks: KnownHooks
  readonly #known = new Map<string, Track>()

  constructor(hooks: KnownHooks) {
    this.#hooks = hooks
    for (const track of read(hooks.load())) this.learn([track])
  }

  /** Tracks that carry their home. */
  learn(tracks: readonly Track[]): void {
    for (const track of tracks) {
      const home = homeOf(track)
      if (home === null) continue
      const key = keyOf({ home, track: track.id })
      this.#known.delete(key)
      this.#known.set(key, track)
    }
    for (const key of this.#known.keys()) {
      if (this.#known.size <= KNOWN_MAX) break
      this.#known.delete(key)
    }
  }

  get(place: QueuePlace): Track | null {
    return this.#known.get(keyOf(place)) ?? null
  }

  /** What is known, or a track without a name: its home knows the rest. */
  lookOf(place: QueuePlace): Track {
    return this.get(place) ?? trackOf(unnamed(place))
  }

  /** The queue here, for the next visit of this browser while the home is off. */
  remember(entries: readonly QueueEntry[], index: number): void {
    const from = Math.max(0, index - KEPT_MAX / 4)
    const tracks = entries.slice(from, from + KEPT_MAX).map(({ home, track }) => ({ home, track }))
    this.learn(tracks.map(({ home, track }) => placed(track, home)))
    this.#hooks.save(JSON.stringify(tracks))
  }

  /** Asks the homes of those that are not known; `found` gets them in groups, in their order as far as that goes. */
  async ask(places: readonly QueuePlace[], signal: AbortSignal, found: (tracks: readonly Track[]) => void = () => undefined): Promise<void> {
    const wanted = [...new Map(places.filter((place) => !this.#whole(place)).map((place) => [keyOf(place), place])).values()]
    let group: Track[] = []
    let told = false
    const tell = (): void => {
      if (group.length > 0) found(group)
      told ||= group.length > 0
      group = []
    }
    const next = async (): Promise<void> => {
      for (let place = wanted.shift(); place && !signal.aborted; place = wanted.shift()) {
        const track = await this.#hooks.track(place.home, place.track, signal).catch(() => null)
        if (!track) continue
        const whole = placed(track, place.home)
        this.learn([whole])
        group.push(whole)
        if (!told || group.length >= GROUP) tell()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
    tell()
  }

  /** Told by its home: only that knows the media type. */
  #whole(place: QueuePlace): boolean {
    return (this.get(place)?.media_type ?? '') !== ''
  }
}

const unnamed = ({ home, track }: QueuePlace): Item => ({
  id: '', home, track, title: t.engine.unknownSong, artist: null, album: null, album_id: null, duration_ms: 0, cover_id: null,
  kind: 'audio', added_ms: 0,
})

/** What an earlier visit kept; anything that makes no sense is nothing. */
function read(text: string | null): Track[] {
  try {
    const rows = JSON.parse(text ?? '[]') as { home: PeerIdText; track: Track }[]
    return rows.slice(0, KEPT_MAX).map(({ home, track }) => placed(track, home))
  } catch {
    return []
  }
}
