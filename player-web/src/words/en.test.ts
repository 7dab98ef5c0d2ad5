import { expect, test } from 'vitest'
import { t } from './spoken'

test.each([[3, '3 more minutes'], [1, '1 more minute']])('what stops in %i minutes is told of, with the way on', (minutes, words) => {
  expect(t.minutes.ending({ kind: 'stopsSoon', minutes })).toBe(`This goes on for about ${words}. Add minutes to hear the rest.`)
})
