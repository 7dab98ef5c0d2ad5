import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, CAP_MS, FIRST_MS } from './backoff'
import { BLOCKED_AFTER, LinkMachine, STABLE_MS, type Cause } from './link-state'

const portal: Cause = { kind: 'portal' }

/** Fails every try for `outageMs` of simulated time; answers when the tries were made. */
function runOutage(outageMs: number, cause: Cause): { machine: LinkMachine; tries: number[]; nowMs: number } {
  const machine = new LinkMachine()
  const tries: number[] = []
  let nowMs = 0
  let effects = machine.start(nowMs)
  while (nowMs < outageMs) {
    if (effects.includes('dial')) {
      tries.push(nowMs)
      machine.failed(nowMs, cause, 0.5)
    }
    nowMs += 100
    effects = machine.tick(nowMs)
  }
  return { machine, tries, nowMs }
}

describe('a link', () => {
  test('is dialled at once, and again within a second after a failure', () => {
    const { tries } = runOutage(2_000, portal)
    expect(tries[0]).toBe(0)
    expect(tries[1]).toBeLessThanOrEqual(1_000)
  })

  test('is tried forever, at most every half cap and at least every cap', () => {
    const { tries } = runOutage(3_600_000, portal)
    const gaps = tries.slice(8).map((at, i) => at - (tries[i + 7] as number))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(CAP_MS / 2)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(CAP_MS + 100)
  })

  test('that was stable is dialled at once when it is lost', () => {
    const machine = new LinkMachine()
    machine.start(0)
    machine.connected(100)
    expect(machine.lost(100 + STABLE_MS)).toEqual(['hangUp', 'dial'])
    expect(machine.state).toMatchObject({ kind: 'dialling', attempt: 1 })
  })

  test('that comes up and falls at once is not dialled in a tight loop', () => {
    const machine = new LinkMachine()
    let dials = machine.start(0).length
    for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
      if (machine.state.kind === 'dialling') machine.connected(nowMs)
      else if (machine.state.kind === 'up') dials += machine.lost(nowMs).filter((effect) => effect === 'dial').length
      else dials += machine.tick(nowMs).length
    }
    expect(dials).toBeLessThan(15)
  })

  test('is called blocked when only the relay fails, and no longer once it stood', () => {
    const machine = new LinkMachine()
    machine.start(0)
    for (let i = 0; i < BLOCKED_AFTER; i++) {
      expect(machine.blocked).toBe(false)
      machine.failed(i, { kind: 'relay' }, 0)
      machine.retryNow(i)
    }
    expect(machine.blocked).toBe(true)
    machine.connected(10)
    expect(machine.blocked).toBe(false)
  })

  test('rests when trying again cannot help, until a person asks', () => {
    const machine = new LinkMachine()
    machine.start(0)
    machine.failed(1, { kind: 'refused', message: 'no', nextStep: '' }, 0)
    expect(machine.wakeAtMs).toBeNull()
    expect(machine.tick(1e9)).toEqual([])
    expect(machine.retryNow(1e9)).toEqual(['dial'])
  })

  test('does not wait when the network comes back', () => {
    const { machine, nowMs } = runOutage(300_000, portal)
    expect(machine.retryNow(nowMs)).toEqual(['dial'])
  })
})

test('the back-off stays between half and whole of a doubling, capped', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const whole = Math.min(CAP_MS, FIRST_MS * 2 ** (attempt - 1))
      const ms = backoffMs(attempt, random)
      expect(ms).toBeGreaterThanOrEqual(Math.floor(whole / 2))
      expect(ms).toBeLessThanOrEqual(Math.ceil(whole))
    }),
  )
})
