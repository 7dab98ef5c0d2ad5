import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PlayedMeter } from './meter'

/** Plays `wallMs` at `speed` from `positionMs`, sampled every 250 ms. */
function play(meter: PlayedMeter, nowMs: number, positionMs: number, wallMs: number, speed = 1): number {
  let heard = 0
  meter.start(nowMs, positionMs)
  for (let ms = 250; ms <= wallMs; ms += 250) heard += meter.advance(nowMs + ms, positionMs + ms * speed, speed)
  return heard
}

describe('the meter', () => {
  test('counts an hour of playing as an hour', () => {
    expect(play(new PlayedMeter(), 0, 0, 3_600_000)).toBe(3_600_000)
  })

  test('counts double speed double', () => {
    expect(play(new PlayedMeter(), 0, 0, 60_000, 2)).toBe(120_000)
  })

  test('counts nothing for buffering and pauses', () => {
    const meter = new PlayedMeter()
    meter.start(0, 5_000)
    let heard = 0
    for (let nowMs = 250; nowMs < 60_000; nowMs += 250) heard += meter.advance(nowMs, 5_000, 1)
    meter.stop()
    expect(heard + meter.advance(120_000, 9_000, 1)).toBe(0)
  })

  test('counts nothing for a jump, forth or back', () => {
    const meter = new PlayedMeter()
    const before = play(meter, 0, 0, 10_000)
    expect(before + play(meter, 10_000, 200_000, 10_000) + play(meter, 20_000, 3_000, 10_000)).toBe(30_000)
  })

  test('counts no more than the clock allows for a jump that nobody announced', () => {
    const meter = new PlayedMeter()
    meter.start(0, 0)
    expect(meter.advance(250, 200_000, 1)).toBeLessThan(1_000)
    expect(meter.advance(500, 100, 1)).toBe(0)
  })

  test('counts what played while nobody looked: a hidden tab samples rarely', () => {
    const meter = new PlayedMeter()
    meter.start(0, 0)
    expect(meter.advance(60_000, 60_000, 1)).toBe(60_000)
  })

  test('never counts backwards, nor faster than the clock and its slack', () => {
    const sample = fc.record({ dt: fc.nat(5_000), position: fc.nat(1_000_000), speed: fc.constantFrom(0.5, 1, 2, 3) })
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const meter = new PlayedMeter()
        meter.start(0, 0)
        let nowMs = 0
        for (const { dt, position, speed } of samples) {
          nowMs += dt
          const heard = meter.advance(nowMs, position, speed)
          expect(heard).toBeGreaterThanOrEqual(0)
          expect(heard).toBeLessThanOrEqual(dt * speed + 400)
        }
      }),
    )
  })
})
