import { describe, expect, test } from 'vitest'
import type { Lease } from '../net/portal-types'
import { ending, listeningState, playStatus, verdict, type Facts } from './play-status'

const facts = (more: Partial<Facts>): Facts => ({
  deck: { kind: 'starving' }, phase: null, homeIsUp: true, waitsForLease: false, failure: null, ...more,
})
const lease = (more: Partial<Lease> = {}): Lease => ({
  id: 'l', grant: 'g', expires_ms: 0, ceil_ms: 0, played_ms: 60_000, charged_minutes: 1, price_micros: 10_000,
  balance_ms: 300_000, final: false, play_out_ms: null, relay: { token: '', addrs: [], expires_ms: 0 }, time_ms: 0, ...more,
})

describe('what the player says', () => {
  test.each<[string, Partial<Facts>, object]>([
    ['nothing to play', { deck: { kind: 'empty' } }, { kind: 'idle' }],
    ['plays, whatever is away', { deck: { kind: 'playing' }, homeIsUp: false }, { kind: 'playing' }],
    ['starves with everything there', {}, { kind: 'waiting', why: 'buffering' }],
    ['starves without home', { homeIsUp: false }, { kind: 'waiting', why: 'home' }],
    ['starves without portal', { homeIsUp: false, phase: { kind: 'opening', home: 'h', portalAway: true } }, { kind: 'waiting', why: 'portal' }],
    ['waits for the next minute', { waitsForLease: true }, { kind: 'waiting', why: 'lease' }],
    ['loads', { deck: { kind: 'loading' } }, { kind: 'loading' }],
    ['cannot decode', { deck: { kind: 'failed', why: 'decode' } }, { kind: 'error' }],
  ])('when it %s', (_, known, said) => {
    expect(playStatus(facts(known))).toMatchObject(said)
  })

  test('when a file is gone names that, with a next step', () => {
    const said = playStatus(facts({ deck: { kind: 'failed', why: 'refused' }, failure: 'media-gone' }))
    expect(said).toMatchObject({ kind: 'error', trouble: { message: expect.stringContaining('no longer'), nextStep: expect.any(String) } })
  })
})

describe('a failed load', () => {
  test.each([
    [4, 'media-gone', false, 'refused'],
    [4, 'grant-revoked', false, 'refused'],
    [4, 'lost', false, 'retry'],
    [4, 'unavailable', false, 'retry'],
    [2, null, false, 'retry'],
    [4, null, true, 'retry'],
    [4, null, false, 'decode'],
    [3, null, false, 'decode'],
  ] as const)('with code %i after %s (excused: %s) means %s', (code, failure, excused, meaning) => {
    expect(verdict(code, failure, excused)).toBe(meaning)
  })
})

describe('the minutes that are left', () => {
  const open = (of: Lease) => ({ kind: 'open' as const, home: 'h', lease: of, portalAway: false })
  test('fall with what is heard between two heartbeats', () => {
    expect(listeningState(open(lease()), 75_000, null, 'EUR')).toMatchObject({ leftMs: 285_000, currency: 'EUR', open: true })
    expect(listeningState(open(lease()), 10_000_000, null, 'EUR').leftMs).toBe(0)
  })

  test('are final with what may still play out', () => {
    const last = lease({ final: true, play_out_ms: 20_000, balance_ms: 0 })
    expect(listeningState(open(last), 65_000, null, null)).toMatchObject({ final: true, playOutMs: 15_000 })
    expect(listeningState(open(last), 99_000, null, null).playOutMs).toBe(0)
  })

  test('are not known without a listening, but the path is', () => {
    expect(listeningState(null, 0, { path: 'lan', rttMs: 1 }, null)).toMatchObject({ open: false, leftMs: null, path: 'lan', rttMs: 1 })
  })
})

describe('when no other minute can be paid, an item', () => {
  const at = (positionMs: number, durationMs: number) => ({ positionMs, durationMs, bufferedMs: positionMs })
  const MINUTE = 60_000
  test.each<[string, number, ReturnType<typeof at>, number, object]>([
    ['that fits plays to its end', 10 * MINUTE, at(0, 10 * MINUTE), 1, { kind: 'playsToItsEnd' }],
    ['that is nearly over plays to its end', 20_000, at(290_000, 300_000), 1, { kind: 'playsToItsEnd' }],
    ['that is longer is not spoken of at first', 10 * MINUTE, at(0, 11 * MINUTE), 1, { kind: 'stopsLater' }],
    ['that is longer is spoken of three minutes before it stops', 3 * MINUTE, at(0, 60 * MINUTE), 1, { kind: 'stopsSoon', minutes: 3 }],
    ['is spoken of by the clock, at any speed', 6 * MINUTE, at(0, 60 * MINUTE), 2, { kind: 'stopsSoon', minutes: 3 }],
    ['that stops in a moment has about a minute', 10_000, at(0, 60 * MINUTE), 1, { kind: 'stopsSoon', minutes: 1 }],
    ['of unknown length is taken for longer', 2 * MINUTE, at(0, 0), 1, { kind: 'stopsSoon', minutes: 2 }],
  ])('%s', (_, playOutMs, position, speed, expected) => {
    expect(ending(playOutMs, position, speed)).toEqual(expected)
  })
})
