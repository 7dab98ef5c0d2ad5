import { describe, expect, test, vi } from 'vitest'
import { VisitorApi } from './visitor'

const KEY = { share: 'public-id', secret: 'very-secret' }
const access = { grant: 'g', scope: 'share', expires_ms: 9, time_ms: 5, relay: { token: 't', addrs: [], expires_ms: 9 } }

function portal() {
  const asked: { path: string; init: RequestInit }[] = []
  const api = new VisitorApi(KEY, (path, init) => {
    asked.push({ path: String(path), init: init ?? {} })
    const body = String(path).endsWith('/open') ? { title: 'Song', access } : { id: 'l', time_ms: 5 }
    return Promise.resolve(new Response(JSON.stringify(body), { status: 200 }))
  })
  return { api, asked }
}

const everything = async (api: VisitorApi): Promise<void> => {
  await api.open('peer')
  await api.openListening('peer', 'key')
  await api.heartbeat('l', { seq: 1, played_ms: 2, buffered_ms: 3, playing: true, path_report: null })
  await api.closeListening('l', 4)
  await api.tellMe('ida@example.org')
  await api.report('spam')
}

describe('a visitor', () => {
  test('shows the secret in every body, and in no address', async () => {
    const { api, asked } = portal()
    await everything(api)
    expect(asked.map(({ path }) => path)).toEqual([
      'open', 'listenings', 'listenings/l/heartbeat', 'listenings/l/close', 'tell-me', 'report',
    ].map((path) => `/api/v1/shared/${path}`))
    for (const { path, init } of asked) {
      expect(path).not.toContain(KEY.secret)
      expect(init.method).toBe('POST')
      expect(JSON.parse(String(init.body))).toMatchObject(KEY)
    }
  })

  test('sends no cookie: whoever is signed in here is a visitor like any other', async () => {
    const { api, asked } = portal()
    await everything(api)
    expect(new Set(asked.map(({ init }) => init.credentials))).toEqual(new Set(['omit']))
  })

  test('closes with a beacon that carries the secret too', async () => {
    const sendBeacon = vi.fn<(path: string, body: Blob) => boolean>(() => true)
    vi.stubGlobal('navigator', { sendBeacon })
    new VisitorApi(KEY).beaconClose('l', 7)
    const [path, body] = sendBeacon.mock.calls[0] ?? []
    vi.unstubAllGlobals()
    expect(path).toBe('/api/v1/shared/listenings/l/close')
    expect(body?.type).toBe('application/json')
    expect(JSON.parse((await body?.text()) ?? '')).toEqual({ ...KEY, played_ms: 7 })
  })
})
