import { describe, expect, it } from 'vitest'
import { DirectPath, STALL_MS, TRY_MAX_MS } from './direct-path'

/** A path that stands since 0. */
function standing(): DirectPath {
  const path = new DirectPath()
  path.relayUp(0)
  expect(path.tick(0, 0, 0.5)).toBe('try')
  path.opened(0)
  return path
}

/** When the next try comes, looked for every half second. */
function nextTry(path: DirectPath, fromMs: number): number {
  for (let ms = fromMs; ms < fromMs + 3_600_000; ms += 500) if (path.tick(ms, 0, 0.5) === 'try') return ms - fromMs
  return Infinity
}

describe('a direct path', () => {
  it('is tried as soon as the relay stands, and carries once it is open', () => {
    const path = new DirectPath()
    expect(path.tick(0, 0, 0.5)).toBeNull()
    path.relayUp(100)
    expect(path.tick(100, 0, 0.5)).toBe('try')
    expect([path.carries, path.tick(200, 0, 0.5)]).toEqual([false, null])
    path.opened(300)
    expect(path.carries).toBe(true)
  })

  it('is tried again later and later, but for ever', () => {
    const path = new DirectPath()
    path.relayUp(0)
    const rests: number[] = []
    for (let n = 0, ms = 0; n < 8; n++) {
      ms += nextTry(path, ms)
      path.failed(ms, 0.5)
      rests.push(nextTry(path, ms))
      path.failed(ms, 0.5)
      ms += 1_000_000
    }
    expect(rests[0]).toBe(10_000)
    expect(Math.max(...rests)).toBe(300_000)
  })

  it('is given up when it does not come to stand in time', () => {
    const path = new DirectPath()
    path.relayUp(0)
    path.tick(0, 0, 0.5)
    expect(path.tick(TRY_MAX_MS - 1, 0, 0.5)).toBeNull()
    expect(path.tick(TRY_MAX_MS, 0, 0.5)).toBe('drop')
    path.opened(TRY_MAX_MS + 1)
    expect(path.carries).toBe(false)
  })

  it('is left when nothing comes of what was asked, and not when nothing was asked', () => {
    const path = standing()
    expect(path.tick(60_000, 0, 0.5)).toBeNull()
    expect(path.tick(60_000, STALL_MS - 1, 0.5)).toBeNull()
    expect(path.tick(60_000, STALL_MS, 0.5)).toBe('drop')
    expect(path.carries).toBe(false)
  })

  it('is tried at once on another network', () => {
    const path = standing()
    for (let n = 0; n < 6; n++) {
      path.failed(n, 0.5)
      path.networkChanged(n)
      expect(path.tick(n, 0, 0.5)).toBe('try')
      path.opened(n)
    }
  })

  it('that stood well is no failure when it ends', () => {
    const path = standing()
    path.failed(60_000, 0.5)
    expect(nextTry(path, 60_000)).toBe(10_000)
  })

  it('ends with its link', () => {
    const path = standing()
    expect(path.stop()).toBe('drop')
    expect([path.carries, path.stop(), path.tick(1e9, 0, 0.5)]).toEqual([false, null, null])
  })
})
