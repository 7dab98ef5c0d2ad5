import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TransportError, type HomeRequest, type HomeResponse } from '../net/transport'
import type { AskPage } from '../worker/wire'
import { MediaGate, type GateHooks } from './media-gate'
import type { Track } from './types'

const ID = 'AQEBAQEBAQEBAQEBAQEBAQ'
const TRACK = { id: ID, size_bytes: 16_000_000, duration_ms: 1_000_000 } as Track

function answer(status: number, headers: Record<string, string> = {}, json: unknown = null): HomeResponse {
  let rest: Uint8Array | null = new TextEncoder().encode(JSON.stringify(json))
  const read = (): Promise<Uint8Array | null> => {
    const part = rest
    rest = null
    return Promise.resolve(part)
  }
  return { status, headers: new Map(Object.entries(headers)), body: { read, cancel: () => undefined } }
}

const part = (first: number, last: number): HomeResponse =>
  answer(206, { 'content-range': `bytes ${first}-${last}/16000000`, 'content-type': 'audio/mpeg' })
const lost = (): never => {
  throw new TransportError('lost', 'gone')
}

/** Answers in order; what was asked is kept. */
function world(answers: (() => HomeResponse)[], track = TRACK) {
  const asked: HomeRequest[] = []
  const state = { up: true, positionMs: 0, aheadMs: 0, flows: true, plays: true, renewed: 0, ahead: 0, starved: 0 }
  const hooks: GateHooks = {
    transport: (home) =>
      home !== 'h' ? null : {
        request: async (request) => {
          asked.push(request)
          return (answers.shift() ?? lost)()
        },
      },
    whenUp: async (_, signal) => {
      while (!state.up) {
        signal.throwIfAborted()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    grant: () => Promise.resolve(`grant-${state.renewed}`),
    renewGrant: () => Promise.resolve(`grant-${++state.renewed}`),
    playing: (id) => {
      const { positionMs, aheadMs, flows } = state
      return id === ID && state.plays ? { track, progress: { positionMs, aheadMs, flows } } : null
    },
    aheadOfLease: async (starved) => void (starved ? state.starved++ : state.ahead++),
  }
  const gate = new MediaGate(hooks)
  const ask = (range: string | null, more: Partial<AskPage> = {}): Promise<HomeResponse> | null =>
    gate.serve(
      { type: 'iroam-ask', home: 'h', path: `/v1/media/${ID}`, method: 'GET', range, destination: 'audio', ...more },
      new AbortController().signal,
    )
  return { gate, ask, asked, state }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a media read', () => {
  test('asks for eight seconds of media, within the listening', async () => {
    const { ask, asked } = world([() => part(0, 479_999)])
    expect((await ask('bytes=0-1048575'))?.status).toBe(206)
    expect(asked[0]).toMatchObject({ grant: 'grant-0', priority: 'media', headers: { range: 'bytes=0-127999' } })
  })

  test('is repeated when the connection breaks, once the home is back', async () => {
    const { ask, asked, state } = world([lost, () => part(0, 479_999)])
    const read = ask('bytes=0-')
    await vi.advanceTimersByTimeAsync(100)
    state.up = false
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked.length).toBe(1)
    state.up = true
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await read)?.status).toBe(206)
  })

  test('is refused after a minute of waiting, and the refusal is known', async () => {
    const { gate, ask, state } = world([])
    state.up = false
    const read = expect(ask('bytes=0-')).rejects.toBeInstanceOf(TransportError)
    await vi.advanceTimersByTimeAsync(61_000)
    await read
    expect(gate.failure(ID, 0)?.name).toBe('lost')
  })

  test('renews an expired grant once', async () => {
    const expired = (): HomeResponse => answer(401, {}, { type: 'urn:iroam:problem:grant-expired' })
    const { ask, asked } = world([expired, () => part(0, 9)])
    expect((await ask('bytes=0-'))?.status).toBe(206)
    expect(asked.map((request) => request.grant)).toEqual(['grant-0', 'grant-1'])
    const other = world([expired, expired])
    expect((await other.ask('bytes=0-'))?.status).toBe(401)
    expect(other.gate.failure(ID, 0)?.name).toBe('grant-expired')
  })

  test('ahead of the lease waits as long as the home says, and tells the portal', async () => {
    const { gate, ask, state } = world([() => answer(429, { 'retry-after': '3' }), () => part(0, 9)])
    const read = ask('bytes=0-')
    await vi.advanceTimersByTimeAsync(2_900)
    expect([gate.waitsForLease, state.ahead]).toEqual([true, 1])
    await vi.advanceTimersByTimeAsync(200)
    expect((await read)?.status).toBe(206)
    expect(gate.waitsForLease).toBe(false)
  })

  test('of a starving element that no heartbeat helps asks for another listening', async () => {
    const late = (): HomeResponse => answer(429, { 'retry-after': '1' })
    const { ask, state } = world([late, late, () => part(0, 9)])
    state.flows = false
    const read = ask('bytes=0-')
    await vi.advanceTimersByTimeAsync(10)
    expect((await read)?.status).toBe(206)
    expect([state.ahead, state.starved]).toEqual([1, 1])
  })

  test('that continues the last waits for the ear; a jump does not', async () => {
    const { ask, asked, state } = world([() => part(0, 99), () => part(100, 199), () => part(5_000, 5_099)])
    await ask('bytes=0-')
    state.aheadMs = 40_000
    const next = ask('bytes=100-')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked.length).toBe(1)
    state.aheadMs = 9_000
    await vi.advanceTimersByTimeAsync(600)
    expect((await next)?.status).toBe(206)
    state.aheadMs = 40_000
    expect((await ask('bytes=5000-'))?.status).toBe(206)
  })

  test('that waited for the ear waits on when the ear turns to another song, and goes on when it comes back', async () => {
    const { ask, asked, state } = world([() => part(0, 99), () => part(100, 199)])
    await ask('bytes=0-')
    state.aheadMs = 40_000
    const next = ask('bytes=100-')
    await vi.advanceTimersByTimeAsync(10_000)
    state.plays = false
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked.length).toBe(1)
    Object.assign(state, { plays: true, aheadMs: 0 })
    await vi.advanceTimersByTimeAsync(600)
    expect((await next)?.status).toBe(206)
  })

  test('of a song with a picture waits by its sound, whatever the browser takes for sound', async () => {
    // Two thirds are picture: the browser says that nearly all is there when the first seconds are.
    const track = { ...TRACK, bitrate_kbps: 42 }
    const { ask, asked, state } = world([() => part(0, 10_699_999), () => part(10_700_000, 10_749_999)], track)
    await ask('bytes=0-')
    Object.assign(state, { aheadMs: 660_000, positionMs: 5_000 })
    expect((await ask('bytes=10700000-'))?.status).toBe(206)
    void ask('bytes=10750000-')?.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked.length).toBe(2)
  })

  test('of a starving element never waits', async () => {
    const { ask, state } = world([() => part(0, 99), () => part(100, 199)])
    await ask('bytes=0-')
    Object.assign(state, { aheadMs: 40_000, flows: false })
    expect((await ask('bytes=100-'))?.status).toBe(206)
  })

  test('keeps the name of a refusal for the player and its document for the worker', async () => {
    const { gate, ask } = world([() => answer(410, {}, { type: 'urn:iroam:problem:media-gone', title: 'gone' })])
    const response = await ask('bytes=0-')
    expect(gate.failure(ID, 0)?.name).toBe('media-gone')
    expect(new TextDecoder().decode((await response?.body.read()) ?? undefined)).toContain('media-gone')
  })
})

test('a cover is asked for with the browse grant', async () => {
  const { ask, asked } = world([() => answer(200, { 'content-type': 'image/webp' })])
  await ask(null, { path: '/v1/covers/x?size=256', destination: 'image' })
  expect(asked[0]).toMatchObject({ priority: 'cover', path: '/v1/covers/x?size=256' })
  expect(asked[0]).not.toHaveProperty('grant')
})

test('a home that this page does not know is declined', () => {
  expect(world([]).ask(null, { home: 'other' })).toBeNull()
})
