import { describe, expect, test } from 'vitest'
import { problemOf, TransportError } from '../net/transport'
import { refusalOf, takeKey, type Place } from './visit'

const SECRET = 'kq0vJr8mT0x2wq7cZ1yYt4n6LhB5sXeDfGaUoPiRjE3'

function place(pathname: string, hash: string, storage: Place['storage'] = memory()): Place & { bar: string } {
  const window = { pathname, hash, storage, bar: pathname + hash, replace: (url: string) => { window.bar = url } }
  return window
}
function memory(): Place['storage'] {
  const kept = new Map<string, string>()
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value) }
}
const blocked: Place['storage'] = {
  getItem: () => { throw new Error('SecurityError') },
  setItem: () => { throw new Error('SecurityError') },
}

describe('the secret', () => {
  test('is taken from the address and leaves it', () => {
    const window = place('/s/abc_-9', `#${SECRET}`)
    expect(takeKey(window)).toEqual({ share: 'abc_-9', secret: SECRET })
    expect(window.bar).toBe('/s/abc_-9')
  })

  test('outlives a reload in this tab, for this link only', () => {
    const storage = memory()
    takeKey(place('/s/one', `#${SECRET}`, storage))
    expect(takeKey(place('/s/one', '', storage))).toEqual({ share: 'one', secret: SECRET })
    expect(takeKey(place('/s/two', '', storage))).toBeNull()
  })

  test('stays in the address where nothing can be kept', () => {
    const window = place('/s/one', `#${SECRET}`, blocked)
    expect(takeKey(window)).toEqual({ share: 'one', secret: SECRET })
    expect(window.bar).toBe(`/s/one#${SECRET}`)
    expect(takeKey(place('/s/one', '', blocked))).toBeNull()
  })

  test('a storage that forgets at once leaves the address as it is', () => {
    const window = place('/s/one', `#${SECRET}`, { getItem: () => null, setItem: () => undefined })
    takeKey(window)
    expect(window.bar).toBe(`/s/one#${SECRET}`)
  })

  test.each([['/s/one', ''], ['/s/one', '#short'], ['/s/one', '#with spaces and <b>'], ['/s/', `#${SECRET}`], ['/s/a/b', `#${SECRET}`], ['/player/', `#${SECRET}`]])(
    '%s%s is no whole link', (pathname, hash) => expect(takeKey(place(pathname, hash))).toBeNull(),
  )
})

describe('a refusal', () => {
  const problem = (status: number, name: string) => problemOf(status, { type: `urn:iroam:problem:${name}`, title: 'No' }, null)
  test.each([
    [problem(404, 'share-gone'), 'gone'],
    [problem(409, 'share-busy'), 'busy'],
    [problem(402, 'sender-out-of-minutes'), 'sender-out-of-minutes'],
    [problem(402, 'no-minutes'), 'sender-out-of-minutes'],
    [problem(404, 'not-found'), null],
    [problem(429, 'too-many-requests'), null],
    [problem(503, 'unavailable'), null],
    [new TransportError('offline', 'away'), null],
  ])('%s means %s', (error, meaning) => expect(refusalOf(error)).toBe(meaning))
})
