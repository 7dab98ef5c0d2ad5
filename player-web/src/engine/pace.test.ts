import { expect, test } from 'vitest'
import { AHEAD_MS, aheadMs, chunkBytes, mustWait } from './pace'

test('a range holds eight seconds of media, within bounds', () => {
  expect(chunkBytes(40_000_000, 200_000)).toBe(1024 * 1024)
  expect(chunkBytes(16_000_000, 1_000_000)).toBe(128_000)
  expect(chunkBytes(100_000, 600_000)).toBe(64 * 1024)
  expect(chunkBytes(1_000_000, 0)).toBe(1024 * 1024)
  expect(chunkBytes(0, 200_000)).toBe(256 * 1024)
})

test('a song just begun is fetched ten seconds ahead, one that is heard half a minute', () => {
  expect(aheadMs(0)).toBe(10_000)
  expect(aheadMs(5_000)).toBe(15_000)
  expect(aheadMs(60_000)).toBe(AHEAD_MS)
  expect(aheadMs(-1)).toBe(10_000)
})

test('only a read that goes on where the last one ended waits, and only when enough is there', () => {
  const run = { at: 1000, fromMs: 0 }
  const full = { positionMs: 60_000, aheadMs: AHEAD_MS + 1, flows: true }
  expect(mustWait(1000, run, full)).toBe(true)
  expect(mustWait(5000, run, full)).toBe(false)
  expect(mustWait(0, null, full)).toBe(false)
  expect(mustWait(null, run, full)).toBe(false)
  expect(mustWait(1000, run, { ...full, aheadMs: AHEAD_MS })).toBe(false)
  expect(mustWait(1000, run, { ...full, flows: false })).toBe(false)
  expect(mustWait(1000, { at: 1000, fromMs: 59_000 }, { ...full, aheadMs: 11_001 })).toBe(true)
})
