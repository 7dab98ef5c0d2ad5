import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerReader, concat, encodeRequest, HEAD_BYTES_MAX, MalformedAnswer, type AnswerEvent } from './http1'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function read(pieces: Uint8Array[], method: 'GET' | 'HEAD' = 'GET', finish = false) {
  const reader = new AnswerReader(method)
  const events: AnswerEvent[] = pieces.flatMap((piece) => reader.push(piece))
  if (finish) events.push(...reader.finish())
  const head = events.find((event) => event.kind === 'head')?.head
  const body = concat(events.flatMap((event) => (event.kind === 'data' ? [event.bytes.slice()] : [])))
  const end = events.find((event) => event.kind === 'end')
  return { head, body: new TextDecoder().decode(body), end, reader }
}

/** Cuts at the given places, whatever they are. */
function cut(whole: Uint8Array, places: number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length]
  return at.slice(1).map((end, i) => whole.subarray(at[i], end))
}

describe('answers', () => {
  test('with a length end at that length and leave the stream open', () => {
    const { head, body, end } = read([bytes('HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nETag: "a"\r\n\r\nabc')])
    expect(head?.status).toBe(206)
    expect(head?.headers.get('etag')).toBe('"a"')
    expect(body).toBe('abc')
    expect(end).toEqual({ kind: 'end', reusable: true })
  })

  test('in chunks are the same however the bytes arrive', () => {
    const whole = bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nX: y\r\n\r\n')
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 12 }), (places) => {
        const { body, end } = read(cut(whole, places))
        expect(body).toBe('Wikipedia')
        expect(end).toEqual({ kind: 'end', reusable: true })
      }),
    )
  })

  test('without a length end with the stream, and not before', () => {
    const text = bytes('HTTP/1.1 200 OK\r\n\r\nhello')
    expect(read([text]).end).toBeUndefined()
    expect(read([text], 'GET', true)).toMatchObject({ body: 'hello', end: { reusable: false } })
  })

  test('to HEAD, and of 204 and 304, have no body', () => {
    expect(read([bytes('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')], 'HEAD').end).toBeDefined()
    expect(read([bytes('HTTP/1.1 204 No Content\r\n\r\n')]).end).toBeDefined()
    expect(read([bytes('HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n')]).end).toBeDefined()
  })

  test('follow interim answers', () => {
    const { head } = read([bytes('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')])
    expect(head?.status).toBe(200)
  })

  test('that say close are the last on their stream', () => {
    const { end } = read([bytes('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')])
    expect(end).toEqual({ kind: 'end', reusable: false })
  })
})

describe('a hostile answer is refused:', () => {
  const head = 'HTTP/1.1 200 OK\r\n'
  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['two lengths', `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['lengths that differ', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n`],
    ['an endless length', `${head}Content-Length: ${'9'.repeat(40)}\r\n\r\n`],
    ['an unknown coding', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['a folded field', `${head}A: b\r\n c\r\n\r\n`],
    ['a field without colon', `${head}nonsense\r\n\r\n`],
    ['a null byte', `${head}A: \0\r\n\r\n`],
    ['a bare line feed', `${head}A: b\nC: d\r\n\r\n`],
    ['too many fields', head + 'a: b\r\n'.repeat(65) + '\r\n'],
    ['a head without end', head + 'a'.repeat(HEAD_BYTES_MAX)],
    ['a chunk size that is none', `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a chunk size without end', `${head}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(300)}`],
    ['a chunk longer than it says', `${head}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`],
    ['a trailer without end', `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(1000)}`],
    ['bytes after its end', `${head}Content-Length: 1\r\n\r\nab`],
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['endless interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)],
  ])('%s', (_, text) => {
    expect(() => read([bytes(text)])).toThrow(MalformedAnswer)
  })

  test('an end in the middle', () => {
    expect(() => read([bytes(`${head}Content-Length: 5\r\n\r\nab`)], 'GET', true)).toThrow(MalformedAnswer)
    expect(() => read([bytes(head)], 'GET', true)).toThrow(MalformedAnswer)
  })

  test('whatever bytes come, the reader ends with events or a refusal and holds little', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom(head, '\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n\r\n', '5\r\n').map(bytes),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          read(pieces, 'GET', true)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedAnswer)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('requests', () => {
  test('carry path, host and fields', () => {
    expect(new TextDecoder().decode(encodeRequest('GET', '/v1/status?x=1', 'home', { range: 'bytes=0-9' }))).toBe(
      'GET /v1/status?x=1 HTTP/1.1\r\nhost: home\r\nrange: bytes=0-9\r\n\r\n',
    )
  })

  test.each([
    ['/v1/a b', {}],
    ['v1', {}],
    ['/v1\r\nx: y', {}],
    ['/v1/ü', {}],
    ['/v1', { 'a\r\nb': 'c' }],
    ['/v1', { a: 'b\r\nc: d' }],
  ])('that would break the framing are not sent: %j %j', (path, headers) => {
    expect(() => encodeRequest('GET', path, 'home', headers as Record<string, string>)).toThrow(TypeError)
  })
})
