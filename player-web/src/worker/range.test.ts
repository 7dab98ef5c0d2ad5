import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CHUNK_BYTES_MAX, cutRange, firstByte, parseContentRange, parseRange } from './range'

interface Vector {
  header: string
  len: number
  answer: { first: number; last: number; served_last: number } | 'whole' | 'unsatisfiable'
}
const vectors = JSON.parse(
  readFileSync(new URL('../../../protocol/vectors/ranges.json', import.meta.url), 'utf8'),
) as Vector[]

test.each(vectors)('$header of $len bytes is read as the golden vector says', ({ header, len, answer }) => {
  const requested = parseRange(header, len)
  if (typeof answer === 'string') return expect(requested.kind).toBe(answer)
  expect(requested).toEqual({ kind: 'part', range: { first: answer.first, last: answer.last } })
  const cut = parseRange(cutRange(header), len)
  // A long suffix is cut at its end, the only way to ask for its last bytes.
  if (!header.startsWith('bytes=-')) {
    expect(cut).toEqual({ kind: 'part', range: { first: answer.first, last: answer.served_last } })
  }
})

test('a cut range is never longer than a chunk and starts where it was asked to', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.option(fc.nat(1e9)), fc.nat(1e9), (first, span, length) => {
      const header = `bytes=${first}-${span === null ? '' : first + span}`
      const cut = cutRange(header) as string
      expect(firstByte(cut)).toBe(first)
      const requested = parseRange(cut, length)
      if (requested.kind === 'part') {
        expect(requested.range.last - requested.range.first).toBeLessThan(CHUNK_BYTES_MAX)
      }
    }),
  )
})

test.each(['bytes=0-1,5-6', 'items=0-1', 'bytes=5-4', 'bytes=-', `bytes=${'9'.repeat(30)}-`, '', null])(
  '%s is no single range and is not passed on',
  (header) => {
    expect(cutRange(header)).toBeNull()
  },
)

test.each([
  ['bytes 0-9/10', { first: 0, last: 9, length: 10 }],
  ['bytes 5-9/*', { first: 5, last: 9, length: null }],
  ['bytes 9-5/10', null],
  ['bytes 0-10/10', null],
  ['bytes */10', null],
  ['bytes 0-9/10\r\nx: y', null],
  [undefined, null],
])('the content range %s', (header, expected) => {
  expect(parseContentRange(header)).toEqual(expected)
})
