import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BadFrame, decodeAnswer, decodeAnswerFrame, encodeRequestFrame } from './relay-auth'

const vectors = JSON.parse(
  readFileSync(new URL('../../../protocol/vectors/relay_auth.json', import.meta.url), 'utf8'),
) as {
  answers: { answer: { admitted_until_s: number } | { refused: string }; frame: string }[]
  refused_payloads: string[]
  request: { frame: string; token: string }
}
const unhex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

test('requests are the golden bytes', () => {
  expect(Buffer.from(encodeRequestFrame(vectors.request.token)).toString('hex')).toBe(vectors.request.frame)
})

test.each(vectors.answers)('the golden answer $answer is read', ({ answer, frame }) => {
  const expected =
    'refused' in answer ? { kind: 'refused', reason: answer.refused } : { kind: 'admitted', untilS: answer.admitted_until_s }
  const bytes = unhex(frame)
  expect(decodeAnswerFrame(bytes)).toEqual(expected)
  for (let end = 0; end < bytes.length; end++) expect(decodeAnswerFrame(bytes.subarray(0, end))).toBeNull()
})

test.each(vectors.refused_payloads)('the payload "%s" is no answer', (payload) => {
  expect(() => decodeAnswer(unhex(payload))).toThrow(BadFrame)
})

test('whatever bytes come, there is an answer, a wait or a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      try {
        decodeAnswerFrame(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(BadFrame)
      }
    }),
  )
})
