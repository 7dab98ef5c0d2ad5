import { describe, expect, test, vi } from 'vitest'
import { readAll, TransportError, type HomeRequest, type HomeResponse } from '../net/transport'
import { parseContentRange, parseRange } from '../worker/range'
import { MediaGate } from './media-gate'
import { Shelf } from './picture-shelf'
import { apic, bytes, flac, id3, m4a, mp3, PICTURE_BYTE, text } from './pictures/test-files'
import type { Track } from './types'

const ID = 'AQEBAQEBAQEBAQEBAQEBAQ'
const PICTURE_BYTES = 1_900_000
const FILE = mp3(id3(3, [text('TIT2', 'Title'), apic(3, PICTURE_BYTES), text('TALB', 'Album')]))

/** A minute of sound, at the rate that the sound of the file has. */
const trackOf = (file: Uint8Array, more: Partial<Track> = {}): Track =>
  ({ id: ID, size_bytes: file.length, duration_ms: 60_000, bitrate_kbps: 20, cover_id: 'c', media_type: 'audio/mpeg', ...more }) as Track

/** A home with one file, which keeps what was asked of it. Its streams bring `chunkBytes` at a time. */
function world(file = FILE, track = trackOf(file), chunkBytes = 10_000) {
  const home = {
    file, asked: [] as string[], sentBytes: 0, etag: '"1"',
    /** Answers in its place, once each. */
    instead: [] as (() => HomeResponse)[],
  }
  const request = ({ headers }: HomeRequest): Promise<HomeResponse> => {
    home.asked.push(headers?.range ?? 'whole')
    const instead = home.instead.shift()
    return Promise.resolve(instead ? instead() : serve(home, headers?.range ?? null, chunkBytes))
  }
  const gate = new MediaGate({
    transport: () => ({ request: (asked) => new Promise((resolve) => resolve(request(asked))) }),
    whenUp: () => Promise.resolve(),
    grant: () => Promise.resolve('grant'),
    renewGrant: () => Promise.resolve('grant'),
    playing: (id) => (id === ID ? { track, progress: { positionMs: 0, aheadMs: 0, flows: false } } : null),
    aheadOfLease: () => Promise.resolve(),
  })
  const ask = (range: string | null, method: 'GET' | 'HEAD' = 'GET'): Promise<HomeResponse> =>
    gate.serve(
      { type: 'iroam-ask', home: 'h', path: `/v1/media/${ID}`, method, range, destination: 'audio' },
      new AbortController().signal,
    ) as Promise<HomeResponse>
  return { gate, ask, home }
}

function serve(home: { file: Uint8Array; sentBytes: number; etag: string }, range: string | null, chunkBytes: number): HomeResponse {
  const asked = parseRange(range, home.file.length)
  const { first, last } = asked.kind === 'part' ? asked.range : { first: 0, last: home.file.length - 1 }
  let at = first
  const read = (): Promise<Uint8Array | null> => {
    if (at > last) return Promise.resolve(null)
    const chunk = home.file.slice(at, Math.min(at + chunkBytes, last + 1))
    at += chunk.length
    home.sentBytes += chunk.length
    return Promise.resolve(chunk)
  }
  const headers = { 'content-range': `bytes ${first}-${last}/${home.file.length}`, 'content-type': 'audio/mpeg', etag: home.etag }
  return { status: 206, headers: new Map(Object.entries(headers)), body: { read, cancel: () => (at = last + 1) } }
}

/** Reads answer after answer, as an element does; checks each against its own head. */
async function readWhole(ask: (range: string) => Promise<HomeResponse>, length: number): Promise<{ file: Uint8Array; answers: number }> {
  const parts: Uint8Array[] = []
  let answers = 0
  for (let at = 0; at < length; answers++) {
    const { status, headers, body } = await ask(`bytes=${at}-${at + 1024 * 1024 - 1}`)
    const range = parseContentRange(headers.get('content-range'))
    expect([status, range?.first, range?.length]).toEqual([206, at, length])
    expect(headers.get('content-type')).toBe('audio/mpeg')
    const read = await readAll(body, 1024 * 1024)
    expect(read.length).toBe((range?.last ?? 0) - at + 1)
    expect(headers.get('content-length') ?? `${read.length}`).toBe(`${read.length}`)
    parts.push(read)
    at += read.length
  }
  return { file: bytes(parts), answers }
}

const rest = (file: Uint8Array): string => Buffer.from(file.filter((byte) => byte !== PICTURE_BYTE && byte !== 0)).toString('latin1')

describe('a song with a picture', () => {
  test.each([
    ['mp3', FILE, 'APIC', 'XPIC'],
    ['flac', flac([[0, 34], [6, PICTURE_BYTES], [1, 20]]), '\x06', '\x01'],
    ['m4a', m4a({ coverBytes: PICTURE_BYTES, moovFirst: true }), 'covr', 'free'],
  ])('in %s comes whole, and the home is asked for little more than the sound', async (_, file, from, to) => {
    const { ask, home } = world(file)
    const seen = await readWhole(ask, file.length)
    expect(rest(seen.file)).toBe(rest(file).replace(from, to))
    expect(home.sentBytes).toBeLessThan(file.length - PICTURE_BYTES + 70_000)
    expect(home.asked[0]).toBe('bytes=0-65535')
  })

  test('is the same for one who holds the bytes differently', async () => {
    const seen = await readWhole(world().ask, FILE.length)
    const other = await readWhole(world(FILE, trackOf(FILE), 1).ask, FILE.length)
    expect(Buffer.compare(seen.file, other.file)).toBe(0)
  })

  test('sounds after three answers, each as long as an answer may be', async () => {
    const { ask, home } = world()
    for (const first of [0, 65_536, 65_536 + 1024 * 1024]) await readAll((await ask(`bytes=${first}-`)).body, 1024 * 1024)
    const behind = FILE.lastIndexOf(PICTURE_BYTE) + 1
    expect(home.asked).toEqual(['bytes=0-65535', `bytes=${behind}-${behind + 65_535}`])
  })

  test('gives its first byte before it asks for more', async () => {
    const { ask, home } = world(FILE, trackOf(FILE, { bitrate_kbps: 200 }))
    const { body } = await ask('bytes=0-')
    expect((await body.read())?.length).toBe(10_000)
    expect(home.asked.length).toBe(1)
  })

  test('asks for nothing when a read lies in the picture', async () => {
    const { ask, home } = world()
    await readAll((await ask('bytes=0-')).body, 1024 * 1024)
    home.asked.length = 0
    const { headers, body } = await ask('bytes=500000-600000')
    expect(headers.get('content-range')).toBe(`bytes 500000-600000/${FILE.length}`)
    expect((await readAll(body, 1024 * 1024)).every((byte) => byte === 0)).toBe(true)
    expect(home.asked).toEqual([])
  })

  test('is read as before with a suffix, without a range, and by HEAD', async () => {
    const { ask, home } = world()
    for (const [range, method] of [[null, 'GET'], ['bytes=0-', 'HEAD']] as const) await ask(range, method)
    expect(home.asked).toEqual(['whole', expect.stringMatching(/^bytes=0-/)])
    expect(await readAll((await ask('bytes=-50')).body, 100)).toEqual(FILE.slice(-50))
  })
})

describe('a song without', () => {
  test.each<[string, Partial<Track>]>([
    ['a cover', { cover_id: null }],
    ['bytes that are no sound', { bitrate_kbps: 1_000 }],
    ['a format whose pictures can be hidden', { media_type: 'audio/ogg' }],
  ])('%s is asked for as the element asks', async (_, more) => {
    const { ask, home } = world(FILE, trackOf(FILE, { bitrate_kbps: 100, ...more }))
    const { body } = await ask('bytes=0-1048575')
    expect(home.asked[0]).not.toBe('bytes=0-65535')
    expect(await readAll(body, 1024 * 1024)).toContain(PICTURE_BYTE)
  })

  test('a known bit rate may have a picture', async () => {
    const { ask, home } = world(FILE, trackOf(FILE, { bitrate_kbps: null }))
    await ask('bytes=0-')
    expect(home.asked).toEqual(['bytes=0-65535'])
  })
})

describe('a home', () => {
  const answer = (status: number, headers: Record<string, string>, parts: Uint8Array[] = []): HomeResponse =>
    ({ status, headers: new Map(Object.entries(headers)), body: { read: () => Promise.resolve(parts.shift() ?? null), cancel: () => undefined } })

  test('that refuses is heard', async () => {
    const { ask, gate, home } = world()
    home.instead.push(() => answer(410, {}, [text('{"type":"urn:iroam:problem:media-gone"}', '')]))
    expect((await ask('bytes=0-')).status).toBe(410)
    expect(gate.failure(ID, 0)?.name).toBe('media-gone')
  })

  test('whose file has changed is believed, and its new pictures are found', async () => {
    const { ask, home } = world()
    await readAll((await ask('bytes=0-')).body, 1024 * 1024)
    home.etag = '"2"'
    expect((await ask('bytes=2000000-')).headers.get('etag')).toBe('"2"')
    home.asked.length = 0
    const { body } = await ask('bytes=500000-')
    expect(await readAll(body, 1024 * 1024)).toContain(PICTURE_BYTE)
    expect(home.asked.length).toBeGreaterThan(0)
  })

  test('whose file has another length than the index says is passed on', async () => {
    const { ask } = world(FILE, trackOf(FILE, { size_bytes: FILE.length + 1 }))
    const { headers, body } = await ask('bytes=0-')
    expect(headers.get('content-range')).toBe(`bytes 0-65535/${FILE.length}`)
    expect(Buffer.compare(await readAll(body, 65_536), FILE.slice(0, 65_536))).toBe(0)
  })

  test.each<[string, () => HomeResponse]>([
    ['refuses', () => answer(410, {})],
    ['sends another file', () => answer(206, { 'content-range': 'bytes 0-9/10' })],
    ['sends more than was asked for', () => answer(206, { 'content-range': `bytes 65536-${FILE.length - 1}/${FILE.length}`, 'content-type': 'audio/mpeg', etag: '"1"' })],
    ['sends less than it says', () => answer(206, { 'content-range': `bytes 65536-65599/${FILE.length}`, 'content-type': 'audio/mpeg', etag: '"1"' }, [new Uint8Array(7)])],
    ['sends more than it says', () => answer(206, { 'content-range': `bytes 65536-65599/${FILE.length}`, 'content-type': 'audio/mpeg', etag: '"1"' }, [new Uint8Array(65)])],
  ])('that %s in the middle of an answer ends it, and the next read begins there', async (_, instead) => {
    // No header of a picture in the first piece: the second is the home's too.
    const file = mp3(id3(3, [text('TCOM', 'x'.repeat(70_000)), apic(3, PICTURE_BYTES)]))
    const { ask, home, gate } = world(file, trackOf(file, { bitrate_kbps: 200 }))
    const { body } = await ask('bytes=0-')
    home.instead.push(instead)
    await expect(readAll(body, 1024 * 1024)).rejects.toBeInstanceOf(TransportError)
    expect(gate.pending).toBe(0)
    const { status } = await ask('bytes=65536-')
    expect(status).toBe(206)
  })

  test('that is lost in the middle of an answer is waited for, and it goes on', async () => {
    vi.useFakeTimers()
    try {
      const { ask, gate, home } = world(FILE, trackOf(FILE, { bitrate_kbps: 200 }))
      await readAll((await ask('bytes=0-65535')).body, 65_536)
      const { body } = await ask(`bytes=${FILE.length - 400_000}-`)
      home.instead.push(() => {
        throw new TransportError('lost', 'gone')
      })
      const read = readAll(body, 1024 * 1024)
      await vi.advanceTimersByTimeAsync(200)
      expect(gate.pending).toBe(1)
      await vi.advanceTimersByTimeAsync(1_000)
      expect((await read).length).toBeGreaterThan(200_000)
      expect(gate.pending).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

test('an answer that nobody wants any longer ends, and asks for nothing more', async () => {
  const { ask, home } = world(FILE, trackOf(FILE, { bitrate_kbps: 200 }))
  const { body } = await ask('bytes=0-')
  await body.read()
  body.cancel()
  expect(await body.read()).toBeNull()
  expect(home.asked.length).toBe(1)
})

test('what is known of thirty-three files is what is known of the last thirty-two', () => {
  const shelf = new Shelf()
  const first = shelf.of('h', trackOf(FILE, { id: '0' }))
  expect(shelf.of('h', trackOf(FILE, { id: '0' }))).toBe(first)
  for (let n = 1; n <= 32; n++) shelf.of('h', trackOf(FILE, { id: `${n}` }))
  expect(shelf.of('h', trackOf(FILE, { id: '0' }))).not.toBe(first)
  expect(shelf.of('other', trackOf(FILE, { id: '0' }))).not.toBe(shelf.of('h', trackOf(FILE, { id: '0' })))
})
