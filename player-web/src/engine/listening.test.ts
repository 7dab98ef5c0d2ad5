import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Heartbeat, Lease, RunningListening } from '../net/portal-types'
import { problemOf, TransportError } from '../net/transport'
import { HEARTBEAT_MS, Listening, Refused, type ListeningPort } from './listening'

const away = (): never => {
  throw new TransportError('offline', 'The portal does not answer.')
}
const refuse = (status: number, name: string) => (): never => {
  throw problemOf(status, { type: `urn:iroam:problem:${name}`, title: name }, null)
}

/** A portal by hand that keeps what it was told. */
class Portal implements ListeningPort {
  opens: string[] = []
  beats: (Heartbeat & { id: string })[] = []
  closes: [string, number][] = []
  beacons: [string, number][] = []
  /** Runs before an answer; throws to refuse it. */
  before: () => void = () => undefined
  #ids = 0

  lease(id: string, playedMs: number): Lease {
    const now = Date.now()
    return {
      id, grant: `grant-${id}-${this.beats.length}`, expires_ms: now + 120_000, ceil_ms: 180_000, played_ms: playedMs,
      charged_minutes: 0, price_micros: 1000, balance_ms: 600_000, final: false, play_out_ms: null,
      relay: { token: 't', addrs: [], expires_ms: now + 600_000 }, time_ms: now,
    }
  }
  open(_home: string, key: string): Promise<Lease> {
    this.opens.push(key)
    this.before()
    return Promise.resolve(this.lease(`l${++this.#ids}`, 0))
  }
  beat(id: string, beat: Heartbeat): Promise<Lease> {
    this.before()
    this.beats.push({ ...beat, id })
    return Promise.resolve(this.lease(id, beat.played_ms))
  }
  close(id: string, playedMs: number): Promise<void> {
    this.closes.push([id, playedMs])
    return Promise.resolve()
  }
  beacon(id: string, playedMs: number): void {
    this.beacons.push([id, playedMs])
  }
  running(): Promise<RunningListening[]> {
    return Promise.resolve([{ id: 'x', home: 'Attic', device: 'Firefox', opened_ms: 0, played_ms: 0, playing: true }])
  }
}

function world() {
  const portal = new Portal()
  let keys = 0
  const listening = new Listening(
    { open: async (...a) => portal.open(...a), beat: async (...a) => portal.beat(...a), close: (...a) => portal.close(...a),
      beacon: (...a) => portal.beacon(...a), running: () => portal.running() },
    { pathReport: () => Promise.resolve('report'), bufferedMs: () => 25_000, relay: () => undefined,
      nowMs: () => Date.now(), wallMs: () => Date.now(), random: () => 1, key: () => `key-${++keys}` },
  )
  /** Plays for `ms` of simulated time. */
  const play = async (ms: number): Promise<void> => {
    for (let done = 0; done < ms; done += 250) {
      listening.advance(250)
      await vi.advanceTimersByTimeAsync(250)
    }
  }
  const signal = new AbortController().signal
  return { portal, listening, play, signal }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a listening', () => {
  test('opens once for many reads, and beats every 20 s with the whole sum', async () => {
    const { portal, listening, play, signal } = world()
    const grants = await Promise.all([listening.grant('h', signal), listening.grant('h', signal)])
    expect(grants).toEqual(['grant-l1-0', 'grant-l1-0'])
    listening.setPlaying(true)
    await play(3_600_000)
    expect(portal.opens.length).toBe(1)
    expect(portal.beats.length).toBe(1 + 3_600_000 / HEARTBEAT_MS)
    expect(portal.beats.at(-1)).toMatchObject({ played_ms: 3_600_000, buffered_ms: 25_000, playing: true, path_report: 'report' })
    const seqs = portal.beats.map((beat) => beat.seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  })

  test('survives a portal that restarts in the middle of a song, with an exact sum', async () => {
    const { portal, listening, play, signal } = world()
    await listening.grant('h', signal)
    listening.setPlaying(true)
    await play(30_000)
    portal.before = away
    await play(60_000)
    expect(listening.phase.get()).toMatchObject({ kind: 'open', portalAway: true })
    portal.before = () => undefined
    await play(30_000)
    expect(listening.phase.get()).toMatchObject({ kind: 'open', portalAway: false })
    expect(portal.beats.at(-1)?.played_ms).toBeGreaterThanOrEqual(100_000)
    expect(portal.opens.length).toBe(1)
    listening.close()
    expect(portal.closes).toEqual([['l1', 120_000]])
  })

  test('that was closed while the laptop slept is opened anew by the next read', async () => {
    const { portal, listening, play, signal } = world()
    await listening.grant('h', signal)
    listening.setPlaying(true)
    await play(30_000)
    portal.before = refuse(410, 'listening-closed')
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS)
    expect(listening.phase.get().kind).toBe('closed')
    portal.before = () => undefined
    expect(await listening.grant('h', signal)).toMatch(/^grant-l2/)
    expect(portal.opens).toEqual(['key-1', 'key-2'])
    await play(20_000)
    expect(portal.beats.at(-1)).toMatchObject({ id: 'l2', played_ms: expect.any(Number) })
    expect(portal.beats.at(-1)?.played_ms).toBeLessThanOrEqual(20_000)
  })

  test('is opened with one key however often the first answer is lost', async () => {
    const { portal, listening, signal } = world()
    portal.before = away
    const grant = listening.grant('h', signal)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(listening.phase.get()).toMatchObject({ kind: 'opening', portalAway: true })
    portal.before = () => undefined
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await grant).toBe('grant-l1-0')
    expect(new Set(portal.opens)).toEqual(new Set(['key-1']))
    expect(portal.opens.length).toBeGreaterThan(2)
  })

  test('says that no minutes are left, and asks again when a person wants to', async () => {
    const { portal, listening, signal } = world()
    portal.before = refuse(402, 'no-minutes')
    await expect(listening.grant('h', signal)).rejects.toMatchObject({ refusal: { why: 'noMinutes' } })
    await expect(listening.grant('h', signal)).rejects.toBeInstanceOf(Refused)
    expect(portal.opens.length).toBe(1)
    portal.before = () => undefined
    listening.forgive()
    expect(await listening.grant('h', signal)).toMatch(/^grant/)
  })

  test('names the others when three run', async () => {
    const { portal, listening, signal } = world()
    portal.before = refuse(409, 'too-many-listenings')
    await expect(listening.grant('h', signal)).rejects.toMatchObject({ refusal: { why: 'tooMany', running: [{ id: 'x' }] } })
  })

  test('ends by itself after fifteen minutes of pause, and not while it plays', async () => {
    const { portal, listening, signal, play } = world()
    await listening.grant('h', signal)
    listening.setPlaying(true)
    await play(20 * 60_000)
    listening.setPlaying(false)
    await vi.advanceTimersByTimeAsync(14 * 60_000)
    expect(listening.phase.get().kind).toBe('open')
    expect(portal.beats.at(-1)?.playing).toBe(false)
    await vi.advanceTimersByTimeAsync(2 * 60_000)
    expect(listening.phase.get().kind).toBe('closed')
    expect(portal.closes).toEqual([['l1', 20 * 60_000]])
  })

  test('is closed by a beacon when the page goes', async () => {
    const { portal, listening, signal, play } = world()
    await listening.grant('h', signal)
    await play(5_000)
    listening.pageHide()
    expect(portal.beacons).toEqual([['l1', 5_000]])
  })

  test('is not opened anew by what still sounds while the page goes away', async () => {
    const { portal, listening, signal } = world()
    await listening.grant('h', signal)
    listening.pageHide()
    await expect(listening.grant('h', signal)).rejects.toThrow()
    expect(portal.opens.length).toBe(1)
    listening.pageShow()
    await listening.grant('h', signal)
    expect(portal.opens.length).toBe(2)
  })

  test('that another player stopped stays stopped until a person plays again', async () => {
    const { portal, listening, signal } = world()
    await listening.grant('h', signal)
    listening.closedElsewhere('another')
    expect(listening.phase.get().kind).toBe('open')
    listening.closedElsewhere('l1')
    await expect(listening.grant('h', signal)).rejects.toMatchObject({ refusal: { why: 'stopped' } })
    listening.forgive()
    await listening.grant('h', signal)
    expect(portal.opens.length).toBe(2)
  })

  test('that the portal closed for its silence is opened anew', async () => {
    const { portal, listening, signal } = world()
    await listening.grant('h', signal)
    vi.setSystemTime(Date.now() + 600_000)
    listening.closedElsewhere('l1')
    expect(listening.phase.get().kind).toBe('closed')
    await listening.grant('h', signal)
    expect(portal.opens.length).toBe(2)
  })

  test('of another home closes the first', async () => {
    const { portal, listening, signal } = world()
    await listening.grant('h', signal)
    await listening.grant('other', signal)
    expect(portal.closes).toEqual([['l1', 0]])
    expect(portal.opens.length).toBe(2)
  })

  test('renews a grant that is about to end before it is used', async () => {
    const { portal, listening, signal } = world()
    await listening.grant('h', signal)
    portal.before = away
    await vi.advanceTimersByTimeAsync(115_000)
    portal.before = () => undefined
    expect(await listening.grant('h', signal)).toBe('grant-l1-1')
  })
})
