import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decide } from '../worker/rules'
import { problemOf } from './transport'

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../protocol/vectors/${name}.json`, import.meta.url), 'utf8')) as T

const problems = read<{ type: string; title: string; status: number; detail: string }[]>('problems')
const ids = read<{ items: { text: string }[]; peers: { text: string }[] }>('ids')

test.each(problems)('the problem $type is known by its name', (problem) => {
  const error = problemOf(problem.status, problem, '7')
  expect(`urn:iroam:problem:${error.name_}`).toBe(problem.type)
  expect(error.message).toBe(problem.detail)
  expect(error.retryAfterS).toBe(7)
})

test.each([null, 7, 'text', [], { type: 9, title: {} }, { type: 'x'.repeat(9999), detail: 'y'.repeat(9999) }])(
  'a document that is no problem becomes one: %j',
  (body) => {
    const error = problemOf(500, body, 'tomorrow')
    expect(error.name_).toBe('unknown')
    expect(error.message.length).toBeLessThanOrEqual(300)
    expect(error.retryAfterS).toBeNull()
  },
)

test('every golden peer and item id passes the worker\'s door', () => {
  for (const { text: peer } of ids.peers) {
    for (const { text: item } of ids.items) {
      const decision = decide({
        url: `https://portal.example/home/${peer}/v1/media/${item}`, method: 'GET', mode: 'no-cors',
        destination: 'video', range: null, origin: 'https://portal.example',
      })
      expect(decision).toMatchObject({ kind: 'ask', home: peer, path: `/v1/media/${item}` })
    }
  }
})
