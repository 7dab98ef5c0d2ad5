import { describe, expect, test } from 'vitest'
import type { Wallet } from '../engine/types'
import { addAddresses, DEFAULT_TERMS, isAddress, LIMITS, linksOf, noteTrouble, partOf, priceOf, readAddresses, requestOf, subjectOfList, within, type Subject } from './share-draft'

const track = { id: 't', title: 'Song', artist: null, album: 'Record', duration_ms: 1_000, kind: 'audio' as const, cover_id: null }
const subject: Subject = { home: 'h', kind: 'album', title: 'Record', subtitle: 'Ida', cover: 'c', tracks: [track, { ...track, id: 'u', cover_id: 'd' }, { ...track, id: 'v', cover_id: 'c' }], leftOut: 0 }

describe('addresses', () => {
  test('are read as people and mail programs write them', () => {
    const text = 'ida@example.org, "Ben, B." <ben@example.org>; Zoë K <zoe@sub.example.org>\nmailto:max@example.org  tom@bücher.example'
    expect(readAddresses(text)).toEqual({
      found: ['ida@example.org', 'ben@example.org', 'zoe@sub.example.org', 'max@example.org', 'tom@bücher.example'],
      wrong: [],
    })
  })

  test.each(['ida', 'ida@', '@example.org', 'ida@example', 'a@b@example.org', 'ida@exam ple.org', `${'x'.repeat(65)}@example.org`, 'a"b@example.org', 'ida@.org'])(
    '%s is none', (text) => expect(isAddress(text)).toBe(false),
  )

  test('what is none is told, the others are taken', () => {
    expect(addAddresses([], 'ida@example.org ben')).toEqual({ recipients: ['ida@example.org'], wrong: ['ben'], left: 0 })
  })

  test('each is taken once, whatever its case', () => {
    expect(addAddresses(['ida@example.org'], 'IDA@example.org ida@example.org').recipients).toEqual(['ida@example.org'])
  })

  test('no more than one request takes', () => {
    const many = Array.from({ length: 25 }, (_, i) => `p${i}@example.org`).join('\n')
    const { recipients, left } = addAddresses([], many)
    expect([recipients.length, left]).toEqual([LIMITS.recipients, 5])
  })

  test('a very long text is read in no time', () => {
    const started = performance.now()
    readAddresses('<'.repeat(20_000) + 'a@'.repeat(20_000))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('a note', () => {
  test.each([
    ['', null],
    ['Listen to the third one!', null],
    ['see https://example.org', 'links'],
    ['see WWW.example.org', 'links'],
    ['x'.repeat(501), 'long'],
    ['🎵'.repeat(500), null],
  ])('%s', (note, trouble) => expect(noteTrouble(note)).toBe(trouble))
})

describe('the terms', () => {
  test('stay whole numbers inside their limits', () => {
    expect([within(3.9, 10, 2), within(99, 10, 2), within(0, 10, 2), within(NaN, 10, 2), within(-4, 10, 2)]).toEqual([3, 10, 2, 2, 2])
  })

  test('without recipients one link is made', () => {
    expect([linksOf(DEFAULT_TERMS), linksOf({ ...DEFAULT_TERMS, recipients: ['a@b.c', 'd@e.f'] })]).toEqual([1, 2])
  })

  test('the price is that of the dearest path, for all links together', () => {
    const wallet: Wallet = { currency: 'EUR', available_micros: 1, held_micros: 0, balance_ms: 1, prices: [{ path: 'lan', micros_per_minute: 0 }, { path: 'relay', micros_per_minute: 10_000 }] }
    const terms = { ...DEFAULT_TERMS, recipients: ['a@b.c', 'd@e.f'], capMinutes: 30 }
    expect(priceOf(terms, wallet)).toEqual({ minuteMicros: 10_000, mostMicros: 600_000, currency: 'EUR' })
    expect(priceOf(terms, null)).toBeNull()
  })
})

describe('a list', () => {
  const song = (home: string, title: string) => ({ home, track: `${home}-${title}`, title, artist: null, album: null, duration_ms: 1, kind: 'audio' as const, cover_id: null })
  test('is shared as far as it is at the home of ours that has most of it', () => {
    const songs = [song('a', '1'), song('b', '2'), song('theirs', '3'), song('theirs', '4'), song('theirs', '5'), song('b', '6')]
    expect(subjectOfList('Road', songs, ['a', 'b'])).toMatchObject({
      home: 'b', kind: 'playlist', title: 'Road', leftOut: 4, tracks: [{ id: 'b-2', title: '2' }, { id: 'b-6', title: '6' }],
    })
  })

  test('with nothing of ours in it cannot be shared', () => {
    expect(subjectOfList('Road', [song('theirs', '1')], ['a'])).toBeNull()
    expect(subjectOfList('Road', [], ['a'])).toBeNull()
  })
})

describe('the request', () => {
  test('carries what is shared and nothing else', () => {
    const terms = { ...DEFAULT_TERMS, recipients: ['a@b.c'], note: ' hi ' }
    expect(requestOf('id', subject, terms)).toEqual({
      id: 'id', home: 'h', kind: 'album', title: 'Record', subtitle: 'Ida', cover: 'c',
      items: [
        { track: 't', title: 'Song', artist: '', album: 'Record', duration_ms: 1_000, kind: 'audio' },
        { track: 'u', title: 'Song', artist: '', album: 'Record', duration_ms: 1_000, kind: 'audio', cover: 'd' },
        { track: 'v', title: 'Song', artist: '', album: 'Record', duration_ms: 1_000, kind: 'audio', cover: 'c' },
      ],
      recipients: ['a@b.c'], note: 'hi', expires_days: 14, plays_max: 10, at_once: 2, cap_minutes: 60,
    })
  })

  test('has the cover of one of its items, since no other is shown to visitors', () => {
    expect(requestOf('id', { ...subject, cover: 'x' }, DEFAULT_TERMS).cover).toBe('d')
    expect(requestOf('id', { ...subject, tracks: [track] }, DEFAULT_TERMS).cover).toBeNull()
  })

  test('cuts texts and lists to what the portal takes', () => {
    const long = { ...subject, title: 'é'.repeat(400), tracks: Array.from({ length: 600 }, () => track) }
    const request = requestOf('id', long, DEFAULT_TERMS)
    expect([[...request.title].length, request.title.at(-1), request.items.length]).toEqual([300, '…', 500])
  })

  test('makes one line to read of what tags hold', () => {
    const odd = { ...subject, title: ' \u202eRecord\r\nBcc: x\ufeff ', subtitle: 'see https://example.org', tracks: [{ ...track, title: '\t', artist: 'A\u0000B' }] }
    const { title, subtitle, items } = requestOf('id', odd, DEFAULT_TERMS)
    expect([title, subtitle, items[0]?.title, items[0]?.artist]).toEqual(['Record Bcc: x', 'see https: example.org', '', 'A B'])
    expect(requestOf('id', { ...subject, title: '\n' }, DEFAULT_TERMS).title).toBe('–')
  })

  test.each([['recipients[3]', 'recipients'], ['note', 'note'], ['cap_minutes', 'capMinutes'], ['id', null], [null, null]])(
    'a refusal of %s belongs to %s', (field, part) => expect(partOf(field)).toBe(part),
  )
})
