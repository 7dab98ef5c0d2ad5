import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHUNK_BYTES_MAX } from './range'
import { decide, filter, listStaysInside, type Allowed, type Asked, type Destination } from './rules'

const ORIGIN = 'https://portal.example'
const HOME = '12D3KooW9tHTtS3inCZiYykw4u5G4frbjVFqhkmJX12gSNCVeH3e'
const OTHER = '12D3KooW9xCm2jWjNVrwh51SWCQBMYdMyeU3NpT85QhLVkF6PcNM'
const MEDIA = `${ORIGIN}/home/${HOME}/v1/media/AQEBAQEBAQEBAQEBAQEBAQ`

const asked = (more: Partial<Asked> = {}): Asked => ({
  url: MEDIA, method: 'GET', mode: 'no-cors', destination: 'audio', range: 'bytes=0-', origin: ORIGIN, ...more,
})
const allowed = (more: Partial<Allowed> = {}): Allowed => ({
  kind: 'ask', home: HOME, path: '/v1/media/x', method: 'GET', destination: 'audio', range: 'bytes=0-1048575', ...more,
})
const answered = (status: number, headers: Record<string, string>) => ({ status, headers: new Map(Object.entries(headers)) })

describe('a request', () => {
  test('of a media element is cut and passed on', () => {
    expect(decide(asked())).toEqual({
      kind: 'ask', home: HOME, path: '/v1/media/AQEBAQEBAQEBAQEBAQEBAQ', method: 'GET', destination: 'audio',
      range: `bytes=0-${CHUNK_BYTES_MAX - 1}`,
    })
  })

  test.each([
    'document', 'iframe', 'frame', 'embed', 'object', 'script', 'style', 'worker', 'sharedworker', 'serviceworker',
    'audioworklet', 'paintworklet', 'font', 'manifest', 'report', 'xslt', 'json', 'webidentity', 'whatever',
  ])('for a %s is never answered', (destination) => {
    expect(decide(asked({ destination }))).toEqual({ kind: 'network' })
  })

  test('that navigates is never answered, whatever it says it is for', () => {
    expect(decide(asked({ mode: 'navigate', destination: '' }))).toEqual({ kind: 'network' })
  })

  test.each(['https://evil.example/home/' + HOME + '/v1/status', `${ORIGIN}/player/`, `${ORIGIN}/api/v1/me`])(
    'for %s is not the worker\'s',
    (url) => {
      expect(decide(asked({ url }))).toEqual({ kind: 'network' })
    },
  )

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s is refused', (method) => {
    expect(decide(asked({ method }))).toMatchObject({ kind: 'refuse', status: 405 })
  })

  test.each([
    '/home/x/v1/status', `/home/${HOME}/`, `/home/${HOME}/v1/`, `/home/${HOME}/admin`, `/home/${HOME}/v1/a%2e%2e/b`,
    `/home/${HOME}/v1/..%2f`, `/home/${HOME}/v1/a?x=%0d%0a`, `/home/${HOME}/v1/a..b`, `/home/${HOME}/v1/${'a'.repeat(300)}`,
  ])('with the odd address %s is refused', (path) => {
    expect(decide(asked({ url: ORIGIN + path }))).toMatchObject({ kind: 'refuse', status: 404 })
  })

  test('with any address is decided without an exception and never reaches outside /v1/', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string(), (url, tail) => {
        const decision = decide(asked({ url: `${ORIGIN}/home/${HOME}/${encodeURI(tail.toWellFormed())}` }))
        if (decision.kind === 'ask') expect(decision.path.startsWith('/v1/')).toBe(true)
        expect(decide(asked({ url })).kind).toBe('network')
      }),
    )
  })
})

describe('an answer', () => {
  test('passes with its few headers and the fixed ones, and nothing else', () => {
    const passed = filter(allowed(), answered(206, {
      'content-type': 'audio/mpeg; charset=utf-7',
      'content-range': 'bytes 0-99/1000',
      'content-length': '100',
      etag: '"abc"',
      'set-cookie': 'a=b',
      'service-worker-allowed': '/',
      link: '</x>; rel=preload',
      refresh: '0; url=https://evil.example',
      location: 'https://evil.example',
      'content-encoding': 'gzip',
      'access-control-allow-origin': '*',
      'clear-site-data': '"*"',
    }))
    expect(passed).toEqual({
      kind: 'pass',
      status: 206,
      bytesMax: 100,
      headers: {
        'accept-ranges': 'bytes',
        'cache-control': 'private, no-cache',
        'content-length': '100',
        'content-range': 'bytes 0-99/1000',
        'content-security-policy': "sandbox; default-src 'none'",
        'content-type': 'audio/mpeg',
        'cross-origin-resource-policy': 'same-origin',
        etag: '"abc"',
        'x-content-type-options': 'nosniff',
      },
    })
  })

  test.each([
    'text/html', 'text/html; charset=utf-8', 'TEXT/HTML', 'application/xhtml+xml', 'image/svg+xml', 'text/javascript',
    'application/javascript', 'application/wasm', 'text/css', 'text/xml', 'application/xml', 'application/pdf',
    'text/plain', 'application/octet-stream', 'multipart/x-mixed-replace', 'font/woff2', 'image/gif', 'image/bmp',
    'application/manifest+json', 'application/x-shockwave-flash', 'message/rfc822', '', 'audio/', 'audio/mp3, text/html',
    'audio/<script>', 'text/vtt-not', 'application/json5',
  ])('of the type "%s" never passes', (type) => {
    for (const destination of ['audio', 'video', 'image', 'track', ''] as Destination[]) {
      expect(filter(allowed({ destination, range: null }), answered(200, { 'content-type': type }))).toMatchObject({
        kind: 'refuse', status: 502,
      })
    }
  })

  test.each<[Destination, string, boolean]>([
    ['audio', 'audio/flac', true], ['audio', 'video/mp4', true], ['audio', 'image/png', false], ['audio', 'application/json', false],
    ['video', 'video/webm', true], ['video', 'application/vnd.apple.mpegurl', true], ['video', 'text/vtt', false],
    ['image', 'image/webp', true], ['image', 'image/avif', true], ['image', 'audio/mpeg', false], ['image', 'application/json', false],
    ['track', 'text/vtt', true], ['track', 'application/json', false],
    ['', 'application/json', true], ['', 'image/jpeg', true], ['', 'audio/mp4', true],
  ])('to a request for "%s" of the type %s: %s', (destination, type, passes) => {
    const passed = filter(allowed({ destination, range: null }), answered(200, { 'content-type': type }))
    expect(passed.kind !== 'refuse').toBe(passes)
  })

  test.each([100, 101, 204, 301, 302, 304, 307, 308, 418, 599])('with the status %i is refused', (status) => {
    expect(filter(allowed(), answered(status, { 'content-type': 'audio/mpeg' }))).toMatchObject({ status: 502, kind: 'refuse' })
  })

  test('that is a refusal is a problem document or nothing', () => {
    const json = filter(allowed({ destination: 'audio' }), answered(410, { 'content-type': 'application/problem+json' }))
    expect(json).toMatchObject({ kind: 'pass', status: 410 })
    expect(filter(allowed(), answered(404, { 'content-type': 'audio/mpeg' }))).toMatchObject({ kind: 'refuse' })
  })

  test.each([
    ['nothing', undefined], ['another start', 'bytes 5-99/1000'], ['nonsense', 'bytes 9-1/2'],
    ['too much', `bytes 0-${CHUNK_BYTES_MAX}/99999999`],
  ])('of a part that says %s is refused', (_, range) => {
    const headers = { 'content-type': 'audio/mpeg', ...(range === undefined ? {} : { 'content-range': range }) }
    expect(filter(allowed(), answered(206, headers))).toMatchObject({ kind: 'refuse' })
  })

  test('longer than a chunk is refused before a byte of it is read', () => {
    const headers = { 'content-type': 'audio/mpeg', 'content-length': '2000000' }
    expect(filter(allowed(), answered(200, headers))).toMatchObject({ kind: 'refuse' })
  })
})

describe('an HLS list', () => {
  const url = `${ORIGIN}/home/${HOME}/v1/media/x/hls/main.m3u8`
  test('whose addresses stay inside the home passes', () => {
    const text = `#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:6,\nseg-1.m4s\n/home/${HOME}/v1/media/x/hls/2.m4s\n`
    expect(listStaysInside(text, url)).toBe(true)
  })

  test.each([
    'https://evil.example/a.ts', '//evil.example/a.ts', `/home/${OTHER}/v1/media/x`, '/api/v1/me', '../../../../../api/v1/me',
    'data:video/mp4;base64,AAAA', 'javascript:alert(1)', '#EXT-X-KEY:METHOD=AES-128,URI="https://evil.example/k"',
    '#EXT-X-MEDIA:TYPE=AUDIO,uri=https://evil.example/k', `#EXT-X-MAP:URI="/home/${OTHER}/v1/x`,
    '#EXT-X-SESSION-DATA:DATA-ID="a",URI="/account"', 'blob:https://portal.example/x', 'https://a@portal.example/x',
  ])('that leads to %s does not', (line) => {
    expect(listStaysInside(`#EXTM3U\nseg.m4s\n${line}\n`, url)).toBe(false)
  })

  test('that is none does not', () => {
    expect(listStaysInside('<html>', url)).toBe(false)
  })
})
