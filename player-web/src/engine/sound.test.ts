import { describe, expect, test } from 'vitest'
import { Pictures } from './pictures'
import { apic, id3, mp3 } from './pictures/test-files'
import { aheadOf, soundBytes } from './sound'

const facts = (size_bytes: number, bitrate_kbps: number | null, duration_ms = 100_000) => ({ size_bytes, bitrate_kbps, duration_ms })

test.each([
  [facts(5_000_000, 127), 1_600_000],
  [facts(1_000_000, 127), 1_000_000],
  [facts(5_000_000, null), 5_000_000],
  [facts(5_000_000, 127, 0), 5_000_000],
])('of %o %i bytes are sound', (track, bytes) => {
  expect(soundBytes(track)).toBe(bytes)
})

describe('what lies ahead of the ear', () => {
  test('is what the browser says where everything is sound, or nothing is known', () => {
    expect(aheadOf(facts(1_600_000, 127), 800_000, null, 20_000, 30_000)).toBe(30_000)
    expect(aheadOf(facts(5_000_000, null), 2_500_000, null, 20_000, 30_000)).toBe(30_000)
    expect(aheadOf(facts(5_000_000, 127, 0), 9, null, 20_000, 7)).toBe(7)
  })

  test('does not count a picture in front, which the browser takes for half the song', () => {
    expect(aheadOf(facts(3_200_000, 127), 1_760_000, null, 0, 55_000)).toBe(10_000)
  })

  test('is counted without the pictures that are known, wherever they lie', () => {
    const file = mp3(id3(3, [apic(3, 2_000_000)]))
    const pictures = new Pictures(file.length)
    pictures.pass(0, file.subarray(0, 1000))
    const sound = file.length - 2_000_000
    // The browser skipped the picture and says that nothing but the head is there.
    expect(aheadOf(facts(file.length, 12), file.length - sound / 2, pictures, 10_000, 500)).toBeCloseTo(40_000, -2)
    expect(aheadOf(facts(file.length, 12), 1_000_000, pictures, 0, 500)).toBeLessThan(100)
  })
})
