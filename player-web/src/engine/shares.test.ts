import { describe, expect, test } from 'vitest'
import type { Me } from '../net/portal-types'
import type { MadeLink, NewShare, SharePage } from '../net/share-types'
import { problemOf, TransportError } from '../net/transport'
import { PortalShares, shareError } from './shares'

const problem = (status: number, name: string, more: object = {}) =>
  problemOf(status, { type: `urn:iroam:problem:${name}`, title: 'No', ...more }, null)

const portal = (made: MadeLink[]) => ({
  share: (): Promise<MadeLink[]> => Promise.resolve(made),
  shares: (): Promise<SharePage> => Promise.reject(new TransportError('offline', 'gone')),
  revokeShare: (): Promise<void> => Promise.reject(problem(404, 'not-found')),
  me: (): Promise<Me> => Promise.reject(problem(401, 'unauthorized')),
})

describe('the shares of an account', () => {
  test('know the links that were made here, and no others', async () => {
    const shares = new PortalShares(portal([{ id: 'a', recipient: null, url: 'https://x/s/1#k', mailed: false }]))
    expect(shares.linkOf('a')).toBeNull()
    await shares.create({} as NewShare)
    expect(shares.linkOf('a')).toBe('https://x/s/1#k')
    expect(shares.linkOf('b')).toBeNull()
  })

  test('say what is in the way', async () => {
    const shares = new PortalShares(portal([]))
    await expect(shares.list(null)).rejects.toMatchObject({ kind: 'offline' })
    await expect(shares.revoke('a')).rejects.toMatchObject({ kind: 'gone' })
    await expect(shares.confirmed()).rejects.toMatchObject({ kind: 'signedOut' })
  })
})

describe('a refusal', () => {
  test.each([
    [problem(403, 'email-unconfirmed'), 'unconfirmed', null],
    [problem(422, 'invalid', { field: 'note', detail: 'No links.' }), 'refused', 'note'],
    [problem(429, 'quota-reached'), 'quota', null],
    [problem(503, 'unavailable'), 'offline', null],
    [new Error('socket'), 'offline', null],
  ])('%s is told by kind', (error, kind, field) => {
    expect(shareError(error)).toMatchObject({ kind, field })
  })

  test('keeps the words of the portal', () => {
    expect(shareError(problem(422, 'invalid', { detail: 'No links.' })).trouble.message).toBe('No links.')
    expect(shareError(problem(507, 'storage-full', { detail: 'The disk is full.' })).trouble.message).toBe('The disk is full.')
  })
})
