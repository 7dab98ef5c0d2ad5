import { describe, expect, it } from 'vitest'
import { clock, count, length, minutes, money, span, spoken, when } from './format'

describe('times', () => {
  it.each([[0, '0:00'], [999, '0:00'], [61_000, '1:01'], [3_723_000, '1:02:03'], [-5, '0:00']])('%d ms on the clock is %s', (ms, text) =>
    expect(clock(ms)).toBe(text))
  it('an unknown length is empty', () => expect(length(0)).toBe(''))
  it.each([[0, '0 seconds'], [1_000, '1 second'], [88_000, '1 minute 28 seconds'], [7_200_000, '2 hours']])('%d ms is spoken as %s', (ms, text) =>
    expect(spoken(ms)).toBe(text))
  it.each([[0, ''], [45_000, '45 sec'], [41 * 60_000, '41 min'], [192 * 60_000, '3 hr 12 min'], [7_200_000, '2 hr'], [864_000_000, '10 days']])(
    '%d ms of music is %s', (ms, text) => expect(span(ms)).toBe(text))
  it('tells past and future apart', () => {
    expect(when(0, 300_000)).toBe('5 minutes ago')
    expect(when(8_000, 0)).toBe('in 8 seconds')
  })
  it('counts only whole minutes that are left', () => {
    expect(minutes(119_999)).toBe(1)
    expect(minutes(-1)).toBe(0)
  })
})

it('groups thousands', () => expect(count(1_234_567)).toBe('1,234,567'))

describe('money', () => {
  it.each([[10_000, 'EUR', '€0.01'], [1_200_000, 'EUR', '€1.20'], [12_000_000, 'EUR', '€12'], [7_500, 'USD', '$0.008'], [0, 'EUR', '€0']])(
    '%d micros of %s are %s', (micros, currency, text) => expect(money(micros, currency)).toBe(text))
})
