/** The languages of the player, and which of them somebody gets. */
import type { Words } from './en'

/** Where each language but English lies: in a chunk of its own, fetched when it is spoken. */
export const CATALOGUES = {
  de: () => import('./de'),
} satisfies Record<string, () => Promise<{ words: Words }>>

/** Spoken when nothing else fits. */
export const DEFAULT = 'en'

/** A BCP 47 tag of a language that is spoken here. */
export type Language = typeof DEFAULT | keyof typeof CATALOGUES

export const LANGUAGES: readonly Language[] = [DEFAULT, ...(Object.keys(CATALOGUES) as (keyof typeof CATALOGUES)[])]

/** The first language that one of `ranges`, best first, asks for (RFC 4647 §3.4); `null` when there is none. */
export function lookup(ranges: readonly string[]): Language | null {
  for (const range of ranges) {
    for (let tag = range.toLowerCase(); tag !== ''; tag = shorter(tag)) {
      const found = LANGUAGES.find((language) => language.toLowerCase() === tag)
      if (found) return found
    }
  }
  return null
}

/** A tag without its last subtag, and without the single letter or digit that led to it. */
function shorter(tag: string): string {
  return tag.replace(/-?[^-]*$/, '').replace(/-[^-]$/, '')
}
