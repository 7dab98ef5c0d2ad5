import { expect, test } from 'vitest'
import { AHEAD_MS, chunkBytes, mustWait } from './pace'

test('a range holds half a minute of media, within bounds', () => {
  expect(chunkBytes(40_000_000, 1_000_000)).toBe(1024 * 1024)
  expect(chunkBytes(16_000_000, 1_000_000)).toBe(480_000)
  expect(chunkBytes(100_000, 600_000)).toBe(128 * 1024)
  expect(chunkBytes(1_000_000, 0)).toBe(1024 * 1024)
})

test('only a read that goes on where the last one ended waits, and only when enough is there', () => {
  const full = { aheadMs: AHEAD_MS + 1, flows: true }
  expect(mustWait(1000, 1000, full)).toBe(true)
  expect(mustWait(5000, 1000, full)).toBe(false)
  expect(mustWait(0, null, full)).toBe(false)
  expect(mustWait(null, 1000, full)).toBe(false)
  expect(mustWait(1000, 1000, { aheadMs: AHEAD_MS, flows: true })).toBe(false)
  expect(mustWait(1000, 1000, { aheadMs: AHEAD_MS + 1, flows: false })).toBe(false)
})
