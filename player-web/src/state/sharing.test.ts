import { describe, expect, test, vi } from 'vitest'
import { ShareError, type MadeLink, type NewShare, type Share, type SharePage, type Shares } from '../engine/types'
import type { Subject } from './share-draft'
import { SharedList } from './shared-list.svelte'
import { Sharing } from './sharing.svelte'

const subject: Subject = {
  home: 'h', kind: 'track', title: 'Song', subtitle: null, cover: null, leftOut: 0,
  tracks: [{ id: 't', title: 'Song', artist: null, album: null, duration_ms: 1, kind: 'audio', cover_id: null }],
}
const link: MadeLink = { id: 'a', recipient: null, url: 'u', mailed: false }
const away = new ShareError({ message: 'away', nextStep: '' }, 'offline', null)

function portal(over: Partial<Shares> = {}): Shares & { asked: NewShare[] } {
  const asked: NewShare[] = []
  return {
    asked,
    confirmed: () => Promise.resolve(true),
    create: (share) => { asked.push(share); return Promise.resolve([link]) },
    list: () => Promise.resolve({ items: [], next: null }),
    revoke: () => Promise.resolve(),
    linkOf: () => null,
    ...over,
  }
}

describe('sharing', () => {
  test('sends what was written and shows the link', async () => {
    const shares = portal()
    const sharing = new Sharing(shares, subject, true)
    expect(sharing.add('ida@example.org, ben')).toBe('ben')
    sharing.set({ note: 'hello', capMinutes: 5 })
    await sharing.send()
    expect(sharing.step).toEqual({ kind: 'done', links: [link] })
    expect(shares.asked[0]).toMatchObject({ recipients: ['ida@example.org'], note: 'hello', cap_minutes: 5 })
  })

  test('a request whose answer was lost is sent again under its id, a changed one under another', async () => {
    const asked: NewShare[] = []
    const sharing = new Sharing(portal({ create: (share) => { asked.push(share); return Promise.reject(away) } }), subject, true)
    await sharing.send()
    expect([sharing.step.kind, sharing.trouble?.message]).toEqual(['form', 'away'])
    await sharing.send()
    sharing.set({ note: 'other' })
    await sharing.send()
    const [first, again, other] = asked.map(({ id }) => id)
    expect([again === first, other === first]).toEqual([true, false])
  })

  test('the same link asked for once more after it was made is another link', async () => {
    const shares = portal()
    const sharing = new Sharing(shares, subject, true)
    await sharing.send()
    sharing.another()
    await sharing.send()
    expect(new Set(shares.asked.map(({ id }) => id)).size).toBe(2)
  })

  test('a refusal names the part of the form', async () => {
    const refused = new ShareError({ message: 'No links.', nextStep: '' }, 'refused', 'note')
    const sharing = new Sharing(portal({ create: () => Promise.reject(refused) }), subject, true)
    await sharing.send()
    expect([sharing.part, sharing.trouble?.message]).toEqual(['note', 'No links.'])
    sharing.set({ note: '' })
    expect(sharing.trouble).toBeNull()
  })

  test('an address that is not confirmed is in the way until it is', async () => {
    let confirmed = false
    const sharing = new Sharing(portal({ confirmed: () => Promise.resolve(confirmed) }), subject, false)
    expect(sharing.step.kind).toBe('reading')
    await vi.waitFor(() => expect(sharing.step).toEqual({ kind: 'unconfirmed', asked: false }))
    sharing.checkAgain()
    await vi.waitFor(() => expect(sharing.step).toEqual({ kind: 'unconfirmed', asked: true }))
    confirmed = true
    sharing.checkAgain()
    await vi.waitFor(() => expect(sharing.step).toEqual({ kind: 'form' }))
  })

  test('a note with a link is not sent', async () => {
    const shares = portal()
    const sharing = new Sharing(shares, subject, true)
    sharing.set({ note: 'https://example.org' })
    await sharing.send()
    expect([sharing.ready, shares.asked.length]).toEqual([false, 0])
  })
})

describe('the list of links', () => {
  const share = (id: string, state: Share['state'] = 'live'): Share => ({
    id, home: 'h', recipient: null, kind: 'track', title: id, subtitle: null, count: 1, created_ms: 0, expires_ms: 0, plays: 0, plays_max: 1,
    at_once: 1, listening: 1, spent_minutes: 0, state, last_play_ms: null,
  })
  const pages: Record<string, SharePage> = { first: { items: [share('c'), share('b', 'expired')], next: 'older' }, older: { items: [share('b', 'expired'), share('a')], next: null } }

  test('goes on page by page, each link once', async () => {
    const list = new SharedList(portal({ list: (cursor) => Promise.resolve(pages[cursor ?? 'first'] as SharePage) }))
    await list.refresh()
    expect([list.total, list.more]).toEqual([2, true])
    await list.showMore()
    await list.refresh()
    expect([list.live.map(({ id }) => id), list.ended.map(({ id }) => id), list.more]).toEqual([['c', 'a'], ['b'], false])
  })

  test('what was there stays when the portal is away', async () => {
    let up = true
    const list = new SharedList(portal({ list: () => (up ? Promise.resolve(pages['first'] as SharePage) : Promise.reject(away)) }))
    await list.refresh()
    up = false
    await list.refresh()
    expect([list.total, list.trouble?.message]).toEqual([2, 'away'])
  })

  test('a revoked link stands with the ended ones, also when it was gone already', async () => {
    const gone = new ShareError({ message: 'gone', nextStep: '' }, 'gone', null)
    const list = new SharedList(portal({ list: () => Promise.resolve(pages['first'] as SharePage), revoke: () => Promise.reject(gone) }))
    await list.refresh()
    expect(await list.revoke('c')).toBe(true)
    expect([list.live.length, list.ended.map(({ id, listening }) => [id, listening])]).toEqual([0, [['c', 0], ['b', 1]]])
  })

  test('one that could not be revoked stays live and says so', async () => {
    const list = new SharedList(portal({ list: () => Promise.resolve(pages['first'] as SharePage), revoke: () => Promise.reject(away) }))
    await list.refresh()
    expect(await list.revoke('c')).toBe(false)
    expect([list.live.length, list.trouble?.message]).toEqual([1, 'away'])
  })
})
