import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HttpPool, HEAD_TIMEOUT_MS, type ByteStream } from './http-pool'
import { readAll, readJson, TransportError } from './transport'

/** The home's end of a stream, by hand. */
class Pipe implements ByteStream {
  sent = ''
  state: 'open' | 'closed' | 'aborted' = 'open'
  #listener: Parameters<ByteStream['listen']>[0] | null = null

  send(bytes: Uint8Array): void {
    if (this.state !== 'open') throw new Error('closed')
    this.sent += new TextDecoder().decode(bytes)
  }
  closeWrite(): void {
    this.state = 'closed'
  }
  abort(): void {
    this.state = 'aborted'
  }
  listen(listener: Parameters<ByteStream['listen']>[0]): void {
    this.#listener = listener
  }
  answer(text: string): void {
    this.#listener?.data(new TextEncoder().encode(text))
  }
  end(): void {
    this.#listener?.end()
  }
  lose(): void {
    this.#listener?.lost()
  }
}

function world() {
  const pipes: Pipe[] = []
  const pool = new HttpPool(() => {
    const pipe = new Pipe()
    pipes.push(pipe)
    return Promise.resolve(pipe)
  }, 'home')
  const pipe = (i: number): Pipe => pipes[i] as Pipe
  return { pool, pipes, pipe }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const text = async (body: { read(): Promise<Uint8Array | null>; cancel(): void }): Promise<string> =>
  new TextDecoder().decode(await readAll(body, 1000))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a pool', () => {
  test('sends the grant, reads the answer and keeps the stream for the next request', async () => {
    const { pool, pipes, pipe } = world()
    const first = pool.request({ path: '/v1/status', grant: 'eyJ' })
    await settle()
    expect(pipe(0).sent).toContain('authorization: Bearer eyJ\r\n')
    pipe(0).answer(ok('{"a":1}'))
    expect(await readJson(await first)).toEqual({ a: 1 })
    const second = pool.request({ path: '/v1/tracks' })
    await settle()
    pipe(0).answer(ok('b'))
    expect(await text((await second).body)).toBe('b')
    expect(pipes.length).toBe(1)
  })

  test('repeats a request on a fresh stream when a kept one turns out to be closed', async () => {
    const { pool, pipe } = world()
    const first = pool.request({ path: '/v1/a' })
    await settle()
    pipe(0).answer(ok(''))
    await first
    const second = pool.request({ path: '/v1/b' })
    await settle()
    pipe(0).lose()
    await settle()
    pipe(1).answer(ok('b'))
    expect(await text((await second).body)).toBe('b')
  })

  test('does not reuse a stream whose other end has ended', async () => {
    const { pool, pipes, pipe } = world()
    const first = pool.request({ path: '/v1/a' })
    await settle()
    pipe(0).answer(ok(''))
    await first
    pipe(0).end()
    void pool.request({ path: '/v1/b' }).catch(() => undefined)
    await settle()
    expect(pipes.length).toBe(2)
  })

  test('aborts the stream of a request that is no longer wanted', async () => {
    const { pool, pipe } = world()
    const controller = new AbortController()
    const asked = pool.request({ path: '/v1/a', signal: controller.signal })
    await settle()
    controller.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    expect(pipe(0).state).toBe('aborted')
  })

  test('gives up a home that does not answer, and one that stops in the middle', async () => {
    const { pool, pipe } = world()
    const asked = pool.request({ path: '/v1/a' })
    const refused = expect(asked).rejects.toMatchObject({ kind: 'late' })
    await vi.advanceTimersByTimeAsync(HEAD_TIMEOUT_MS)
    await refused
    const other = pool.request({ path: '/v1/b' })
    await settle()
    pipe(1).answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab')
    const body = (await other).body
    await body.read()
    const late = expect(body.read()).rejects.toMatchObject({ kind: 'late' })
    await vi.advanceTimersByTimeAsync(HEAD_TIMEOUT_MS)
    await late
  })

  test('refuses an answer that breaks the protocol', async () => {
    const { pool, pipe } = world()
    const asked = pool.request({ path: '/v1/a' })
    await settle()
    pipe(0).answer('nonsense\r\n\r\n')
    await expect(asked).rejects.toMatchObject({ kind: 'malformed' })
    expect(pipe(0).state).toBe('aborted')
  })

  test('lets media pass waiting covers, and a long poll pass everything', async () => {
    const { pool, pipes, pipe } = world()
    const done: string[] = []
    const ask = (path: string, priority: 'media' | 'cover' | 'api' | 'poll'): void =>
      void pool.request({ path, priority }).then(() => done.push(path), () => undefined)
    for (let i = 0; i < 6; i++) ask(`/v1/covers/${i}`, 'cover')
    await settle()
    expect(pipes.length).toBe(4)
    for (let i = 0; i < 4; i++) ask(`/v1/list/${i}`, 'api')
    ask('/v1/more', 'api')
    ask('/v1/media/1', 'media')
    ask('/v1/changes', 'poll')
    await settle()
    expect(pipes.length).toBe(9)
    pipe(4).answer(ok(''))
    await settle()
    expect(pipe(4).sent).toContain('/v1/media/1')
  })

  test('ends everything with "lost" when it is closed', async () => {
    const { pool } = world()
    const asked = Array.from({ length: 12 }, (_, i) => pool.request({ path: `/v1/${i}` }))
    await settle()
    pool.close()
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'lost' } })
    }
    await expect(pool.request({ path: '/v1/late' })).rejects.toBeInstanceOf(TransportError)
  })
})
