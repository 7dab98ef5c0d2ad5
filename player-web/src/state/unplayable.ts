import type { Item } from '../engine/lists/types'
import type { Home } from '../engine/types'

/** Why songs of a list cannot be played now: homes that are off, by name, and those of other people. */
export interface Unplayable {
  /** The home's id and name, and how many of the songs are there. */
  readonly off: readonly { id: string; name: string; songs: number }[]
  /** Songs in homes that are not the account's. */
  readonly foreign: number
}

/** `canPlay` answers `null` for a home that is not the account's. */
export function unplayableOf(items: readonly Item[], homes: readonly Home[], canPlay: (home: string) => boolean | null): Unplayable {
  const songs = new Map<string, number>()
  for (const { home } of items) songs.set(home, (songs.get(home) ?? 0) + 1)
  let foreign = 0
  const off: { id: string; name: string; songs: number }[] = []
  for (const [id, count] of songs) {
    const can = canPlay(id)
    if (can === null) foreign += count
    else if (!can) off.push({ id, name: homes.find((home) => home.id === id)?.name ?? '', songs: count })
  }
  return { off, foreign }
}
