import { describe, expect, it } from 'vitest'
import { LANGUAGES, lookup } from './languages'

describe('the language for a wish', () => {
  it.each([
    [['de'], 'de'],
    [['de-AT', 'en'], 'de'],
    [['DE-de'], 'de'],
    [['de-Latn-DE-x-bank'], 'de'],
    [['en-GB', 'de'], 'en'],
    [['fr', 'de-CH', 'en'], 'de'],
    [['fr-FR', 'tlh'], null],
    [['deu'], null],
    [['*'], null],
    [[''], null],
    [[], null],
  ])('%j is %s', (ranges, language) => expect(lookup(ranges)).toBe(language))

  it('is one that its own browser understands', () => expect(Intl.NumberFormat.supportedLocalesOf([...LANGUAGES])).toEqual(LANGUAGES))
})
