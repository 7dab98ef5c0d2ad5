import { describe, expect, it } from 'vitest'
import { columnsOf, HEIGHT_MAX, OVERSCAN, rowsOf, scrollTo, spanOf } from './windowing'

const view = { total: 100_000, rowHeight: 32, viewHeight: 800 }

describe('the window of a long list', () => {
  it('holds what is seen and a margin, nowhere more than a hundred rows', () => {
    for (const scrolled of [-400, 0, 31, 32, 1_000_000, 3_199_200, 9_999_999]) {
      const { first, end } = spanOf({ ...view, scrolled })
      expect(end - first).toBeLessThanOrEqual(100)
      expect(first).toBeGreaterThanOrEqual(0)
      expect(end).toBeLessThanOrEqual(view.total)
    }
  })

  it('starts at the row under the top edge, less the margin', () => {
    expect(spanOf({ ...view, scrolled: 3_200 }).first).toBe(100 - OVERSCAN)
  })

  it('ends with the last row at the bottom', () => {
    expect(spanOf({ ...view, scrolled: 100_000 * 32 - 800 }).end).toBe(100_000)
  })

  it('draws nothing of an empty list', () => {
    expect(spanOf({ ...view, total: 0, scrolled: 0 })).toEqual({ first: 0, end: 0, height: 0, shift: 0 })
  })

  it('squeezes a list that is too tall and still reaches its last row', () => {
    const total = 1_000_000
    const span = spanOf({ ...view, total, scrolled: HEIGHT_MAX - 800 })
    expect(span.height).toBe(HEIGHT_MAX)
    expect(span.end).toBe(total)
    const bottom = total * 32 + span.shift
    expect(Math.round(bottom)).toBe(HEIGHT_MAX)
  })

  it('draws only what is in view while the list begins below the fold', () => {
    const { first, end } = spanOf({ ...view, scrolled: -700 })
    expect([first, end]).toEqual([0, Math.ceil(100 / 32) + OVERSCAN])
  })
})

describe('scrolling to a row', () => {
  it('does nothing when the row is seen', () => {
    expect(scrollTo(5, { ...view, scrolled: 0 })).toBeNull()
  })
  it('puts a row above under the header', () => {
    expect(scrollTo(10, { ...view, scrolled: 3_200 }, 30)).toBe(290)
  })
  it('puts a row below at the bottom', () => {
    expect(scrollTo(100, { ...view, scrolled: 0 })).toBe(101 * 32 - 800)
  })
  it('lands where the row is drawn in a squeezed list', () => {
    const look = { ...view, total: 1_000_000, scrolled: 0 }
    const to = scrollTo(700_000, look) ?? 0
    const span = spanOf({ ...look, scrolled: to })
    expect(span.first).toBeLessThan(700_000)
    expect(span.end).toBeGreaterThan(700_000)
  })
})

describe('rows in the document', () => {
  it('keep the focused row wherever the view is', () => {
    expect(rowsOf({ first: 10, end: 13 }, 2, 100)).toEqual([2, 10, 11, 12])
    expect(rowsOf({ first: 10, end: 13 }, 50, 100)).toEqual([10, 11, 12, 50])
    expect(rowsOf({ first: 10, end: 13 }, 11, 100)).toEqual([10, 11, 12])
    expect(rowsOf({ first: 10, end: 13 }, 100, 100)).toEqual([10, 11, 12])
  })
})

describe('columns of a grid', () => {
  it('are as many as fit, at least one', () => {
    expect(columnsOf(1_000, 150, 20)).toBe(6)
    expect(columnsOf(100, 150, 20)).toBe(1)
    expect(columnsOf(0, 150, 20)).toBe(1)
  })
})
