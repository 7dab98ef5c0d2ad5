import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WORDS } from '../engine/words'
import { clock, count, day, list, money, plural, span, spoken, when } from './format'
import { words as german } from './de'
import { words as english } from './en'
import { speak, t } from './spoken'

/** What is called the same in German: names, abbreviations, loan words, and what is made of its arguments alone. */
const SAME = new Set([
  'product', 'lists.title', 'lists.name', 'columns.album', 'columns.genre', 'views.videos', 'browser.genres',
  'transport.pause', 'transport.region', 'transport.titleOf', 'path.lan', 'path.relay', 'path.rtt', 'video.region',
  'visitor.pause', 'states.online', 'states.offline', 'transport.volumeSpoken',
])

/** Arguments that fit: numbers, then a currency; or lists of names; or a number of albums. */
const SAMPLES: readonly (readonly unknown[])[] = [[5, 7, 3, 2, 'EUR'], [['Mia', 'Ben'], ['Mia']], [5, 'album']]

function said(leaf: unknown): unknown {
  if (typeof leaf !== 'function') return leaf
  for (const sample of SAMPLES) {
    try {
      return leaf(...sample)
    } catch {
      // The next sample fits.
    }
  }
  throw new Error('no sample fits')
}

function leaves(node: object, path = ''): [string, unknown][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' ? leaves(value as object, `${path}${key}.`) : [[path + key, said(value)] as [string, unknown]])
}

it('says nothing as English does, but for what is called the same', () => {
  const before = new Map(leaves(english))
  const same = leaves(german).filter(([path, text]) => text !== '' && before.get(path) === text).map(([path]) => path)
  expect(same.filter((path) => !SAME.has(path))).toEqual([])
  expect([...SAME].filter((path) => !same.includes(path))).toEqual([])
})

describe('German', () => {
  beforeAll(() => speak('de'))
  afterAll(() => speak('en'))

  it('counts', () => {
    expect([count(1_234_567), plural(1, { one: 'Lied', other: 'Lieder' }), plural(0, { one: 'Lied', other: 'Lieder' })]).toEqual(['1.234.567', '1 Lied', '0 Lieder'])
    expect([t.songs(1), t.songs(1_200), t.albums(1), t.albums(2)]).toEqual(['1 Titel', '1.200 Titel', '1 Album', '2 Alben'])
  })
  it('tells times', () => {
    expect([span(192 * 60_000), span(864_000_000), spoken(88_000), clock(61_000)]).toEqual(['3 Std. 12 Min.', '10 Tage', '1 Minute, 28 Sekunden', '1:01'])
    expect([when(0, 300_000), when(8_000, 0), day(Date.UTC(2026, 10, 21, 12))]).toEqual(['vor 5 Minuten', 'in 8 Sekunden', '21. Nov. 2026'])
  })
  it('tells money and names', () => {
    expect(money(1_200_000, 'EUR').replace('\u00a0', ' ')).toBe('1,20 €')
    expect(list(['Mia', 'Ben', 'Ida'])).toBe('Mia, Ben und Ida')
  })
  it('is what a trouble of before says now', () => expect(WORDS.signedOut).toEqual({ message: 'Du bist abgemeldet.', nextStep: 'Melde dich wieder an.' }))
})
