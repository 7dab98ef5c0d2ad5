import { afterEach, describe, expect, it, vi } from 'vitest'
import { span } from './format'
import { CATALOGUES } from './languages'
import { Page } from './page'
import { speak, t } from './spoken'

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await speak('en')
})

/** A page that shows one word, and what became of it. */
function surface() {
  const root = { lang: '' }
  const seen: string[] = []
  const page = new Page({
    root,
    mount: () => {
      const word = t.ownLibrary
      seen.push(`+${word}`)
      return () => void seen.push(`-${word}`)
    },
  })
  return { root, seen, page }
}

describe('a page', () => {
  it('appears once, when its words are here', async () => {
    const { root, seen, page } = surface()
    await page.show('de')
    await page.show('de')
    expect(seen).toEqual(['+Mediathek'])
    expect(root.lang).toBe('de')
  })

  it('is built anew in the language of the account', async () => {
    const { root, seen, page } = surface()
    await page.show('en')
    await page.show('de')
    expect(seen).toEqual(['+Library', '-Library', '+Mediathek'])
    expect([root.lang, span(7_200_000)]).toEqual(['de', '2 Std.'])
  })

  it('ends in the last wish when a slower one comes in between', async () => {
    const { root, seen, page } = surface()
    await Promise.all([page.show('de'), page.show('en')])
    expect(seen).toEqual(['+Library'])
    expect(root.lang).toBe('en')
  })

  it('speaks English when the words are late', async () => {
    vi.useFakeTimers()
    vi.spyOn(CATALOGUES, 'de').mockReturnValue(new Promise(() => undefined))
    const { seen, page } = surface()
    const shown = page.show('de')
    await vi.advanceTimersByTimeAsync(10_000)
    await shown
    expect(seen).toEqual(['+Library'])
  })

  it('speaks English when the words do not come', async () => {
    vi.spyOn(CATALOGUES, 'de').mockRejectedValue(new TypeError('Failed to fetch dynamically imported module'))
    const { root, seen, page } = surface()
    await page.show('de')
    expect(seen).toEqual(['+Library'])
    expect(root.lang).toBe('en')
  })
})
