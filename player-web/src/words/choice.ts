/** Which language a page speaks: the account's as far as it is known, else the browser's. */
import { DEFAULT, lookup, type Language } from './languages'

const KEY = 'iroam-language'

export type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** The language that the browser asks for. */
export function browserLanguage(browser: readonly string[]): Language {
  return lookup(browser) ?? DEFAULT
}

/** The language to begin with, before the portal has told the account's. */
export function firstLanguage(memory: Memory, browser: readonly string[]): Language {
  const kept = memory.getItem(KEY)
  return (kept === null ? null : lookup([kept])) ?? browserLanguage(browser)
}

/** The language of an account, kept for the next start. `told` is what the portal says; the browser's when it is not spoken here. */
export function accountLanguage(told: string | undefined, memory: Memory, browser: readonly string[]): Language {
  const language = told === undefined ? null : lookup([told])
  if (language) memory.setItem(KEY, language)
  else memory.removeItem(KEY)
  return language ?? browserLanguage(browser)
}

/** The browser's storage; one that is blocked forgets. */
export const browserMemory: Memory = {
  getItem: (key) => quietly(() => localStorage.getItem(key)),
  setItem: (key, value) => quietly(() => localStorage.setItem(key, value)) ?? undefined,
  removeItem: (key) => quietly(() => localStorage.removeItem(key)) ?? undefined,
}

function quietly<T>(use: () => T): T | null {
  try {
    return use()
  } catch {
    return null // Storage may be off (private windows).
  }
}
