/** Shares without a portal. For stories and tests only. */
import { ShareError, type Share, type Shares } from '../../engine/types'

export type SharesStory = 'some' | 'none' | 'mute' | 'offline' | 'refused' | 'unconfirmed'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = Date.now()
const offline = new ShareError({ message: 'The portal does not answer.', nextStep: 'Check the internet connection here; it is tried again by itself.' }, 'offline', null)
const noLinks = new ShareError({ message: 'A note is plain text: leave addresses of websites out.', nextStep: '' }, 'refused', 'note')
const full = new ShareError({ message: '50 invitations a day are as many as an account may send. Nothing was sent; go on tomorrow.', nextStep: '' }, 'quota', null)

const one = (id: string, over: Partial<Share>): Share => ({
  id, home: '12D3KooWStory', recipient: null, kind: 'album', title: 'Harbour Lights', subtitle: 'Ida Noor', count: 11, created_ms: now - 2 * DAY, expires_ms: now + 12 * DAY,
  plays: 3, plays_max: 10, at_once: 2, listening: 0, spent_minutes: 41, state: 'live', last_play_ms: now - 5 * HOUR, ...over,
})

const some: Share[] = [
  one('1', { recipient: 'ben@example.org', listening: 1, last_play_ms: now - 120_000 }),
  one('2', { recipient: 'zoe.of.the.very.long.address@mail.example.org' }),
  one('3', { kind: 'track', title: 'A Title That Goes On For So Long That No Column Could Ever Hope to Hold It (Live at the Harbour)', plays: 0, spent_minutes: 0, last_play_ms: null, created_ms: now - 40_000 }),
  one('4', { kind: 'playlist', title: 'For the road', subtitle: null, recipient: 'max@example.org', plays: 10, state: 'used-up', created_ms: now - 20 * DAY, expires_ms: now - DAY }),
  one('5', { recipient: 'ada@example.org', state: 'expired', created_ms: now - 30 * DAY, expires_ms: now - 16 * DAY, plays: 0, spent_minutes: 0, last_play_ms: null }),
  one('6', { kind: 'track', title: 'Nine Rooms', recipient: 'tom@example.org', state: 'revoked', created_ms: now - 9 * DAY, plays: 1, spent_minutes: 4 }),
]

export function memoryShares(story: SharesStory): Shares {
  let shares = story === 'none' || story === 'unconfirmed' ? [] : [...some]
  const links = new Map<string, string>()
  const answer = async <T>(value: () => T): Promise<T> => {
    if (story === 'mute') await new Promise(() => undefined)
    await new Promise((done) => setTimeout(done, 12))
    if (story === 'offline') throw offline
    return value()
  }
  return {
    confirmed: () => answer(() => story !== 'unconfirmed'),
    create: (share) => answer(() => {
      if (story === 'refused') throw share.note === '' ? full : noLinks
      const recipients = share.recipients.length > 0 ? share.recipients : [null]
      const made = recipients.map((recipient, i) => ({
        id: `${share.id}-${i}`, recipient, mailed: recipient !== null && !recipient.startsWith('no'),
        url: `https://music.example.org/s/Qm9vdGxlZ${i}a#3kq0vJr8mT0x2wq7cZ1yYt4n6LhB5sXeDfGaUoPiRjE`,
      }))
      for (const { id, url, recipient } of made) {
        links.set(id, url)
        shares = [one(id, { recipient, title: share.title, subtitle: share.subtitle, kind: share.kind, plays: 0, spent_minutes: 0, last_play_ms: null, created_ms: Date.now() }), ...shares]
      }
      return made
    }),
    list: () => answer(() => ({ items: shares, next: null })),
    revoke: (id) => answer(() => { shares = shares.map((share) => (share.id === id ? { ...share, state: 'revoked' as const, listening: 0 } : share)) }),
    linkOf: (id) => links.get(id) ?? null,
  }
}
