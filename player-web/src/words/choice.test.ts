import { describe, expect, it } from 'vitest'
import { accountLanguage, browserLanguage, firstLanguage, type Memory } from './choice'

function memory(kept?: string): Memory & { kept: Map<string, string> } {
  const map = new Map(kept === undefined ? [] : [['iroam-language', kept]])
  return {
    kept: map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  }
}

describe('a page begins', () => {
  it('in the language of the account that was here last', () => expect(firstLanguage(memory('de'), ['en-US'])).toBe('de'))
  it('in the browser’s where nobody was', () => expect(firstLanguage(memory(), ['fr', 'de-AT', 'en'])).toBe('de'))
  it('in the browser’s when what is kept makes no sense', () => expect(firstLanguage(memory('klingon'), ['de'])).toBe('de'))
  it('in English when it speaks none of the browser’s', () => expect(browserLanguage(['fr', 'it'])).toBe('en'))
})

describe('the language of an account', () => {
  it('is kept for the next start', () => {
    const kept = memory('en')
    expect(accountLanguage('de', kept, ['en'])).toBe('de')
    expect(firstLanguage(kept, ['en'])).toBe('de')
  })
  it.each([undefined, 'fr'])('is the browser’s when the portal says %s, and the account before is forgotten', (told) => {
    const kept = memory('en')
    expect(accountLanguage(told, kept, ['de-DE'])).toBe('de')
    expect(kept.kept.size).toBe(0)
  })
})
