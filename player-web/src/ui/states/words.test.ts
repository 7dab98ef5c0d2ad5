import { describe, expect, it } from 'vitest'
import { wordsOf } from './words'

const now = 1_000_000_000
describe('a connection that is not there is told in plain words', () => {
  it('tells when an offline home was seen, what to do and when it is tried again', () => {
    const said = wordsOf({ kind: 'homeOffline', home: 'h', lastSeenMs: now - 300_000, retryAtMs: now + 8_000 }, 'Attic PC', now)
    expect(said.title).toBe('Attic PC is offline')
    expect(said.text).toContain('5 minutes ago')
    expect(said.text).toContain('Switch that computer on')
    expect(said.text).toContain('in 8 seconds')
  })
  it('says more when connecting takes long', () => {
    const quick = wordsOf({ kind: 'connecting', home: 'h', attempt: 1, sinceMs: now }, 'Attic', now)
    const slow = wordsOf({ kind: 'connecting', home: 'h', attempt: 3, sinceMs: now - 9_000 }, 'Attic', now)
    expect(quick.text).not.toBe(slow.text)
    expect(slow.text).toContain('attempt 3')
  })
  it('names the direction of a wrong clock', () => {
    expect(wordsOf({ kind: 'clockSkew', home: 'h', skewMs: -7_200_000 }, '', now).text).toContain('2 hr behind')
  })
  it('never ends in a blank', () => {
    expect(wordsOf({ kind: 'error', home: 'h', trouble: { message: 'No.', nextStep: '' }, retryAtMs: null }, '', now).text).toBe('')
  })
})
