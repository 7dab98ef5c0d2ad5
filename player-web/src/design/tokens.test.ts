import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** The declarations of one block of tokens.css, by property name. */
function block(css: string, selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  const body = css.slice(css.indexOf('{', start) + 1, css.indexOf('}', start))
  const plain = body.replace(/\/\*[\s\S]*?\*\//g, '')
  return new Map(
    plain
      .split(';')
      .map((line) => line.trim())
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).replace(/\s+/g, ' ').trim()]),
  )
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  const linear = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  const [r = 0, g = 0, b = 0] = linear
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [hi = 0, lo = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (hi + 0.05) / (lo + 0.05)
}

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const light = block(css, ':root')
const darkSystem = block(css, ':root:not([data-theme="light"])')
const darkChosen = block(css, ':root[data-theme="dark"]')
const themes = { light, dark: new Map([...light, ...darkChosen]) }

const planes = ['ground', 'surface', 'surface-zebra', 'surface-hover', 'raised']
const AA_TEXT = 4.5
const AA_MARK = 3
const pairs: [front: string, back: string, least: number][] = [
  ...planes.flatMap((plane): [string, string, number][] =>
    ['ink', 'ink-2', 'ink-3', 'accent', 'needle-ink', 'danger'].map((ink) => [ink, plane, AA_TEXT]),
  ),
  ...planes.flatMap((plane): [string, string, number][] => [
    ['needle', plane, AA_MARK],
    ['focus', plane, AA_MARK],
    ['line-strong', plane, AA_MARK],
  ]),
  ['on-accent', 'accent', AA_TEXT],
  ['on-accent', 'accent-hover', AA_TEXT],
  ['on-accent-soft', 'accent-soft', AA_TEXT],
  ['ink', 'accent-soft', AA_TEXT],
  ['ink-2', 'accent-soft', AA_TEXT],
  ['ink-3', 'accent-soft', AA_TEXT],
  ['needle-ink', 'accent-soft', AA_TEXT],
  ['danger', 'danger-soft', AA_TEXT],
  ['ink', 'danger-soft', AA_TEXT],
  ['warn', 'warn-soft', AA_TEXT],
  ['ink', 'warn-soft', AA_TEXT],
  ['warn', 'surface', AA_TEXT],
  ['glass-ink', 'glass', AA_TEXT],
  ['glass-ink-2', 'glass', AA_TEXT],
  ['glass-needle', 'glass', AA_TEXT],
  ['glass-line', 'glass', AA_MARK],
]

describe('tokens', () => {
  it('hold the same dark values for the system theme and the chosen one', () => {
    expect([...darkSystem]).toEqual([...darkChosen])
  })

  for (const [name, theme] of Object.entries(themes)) {
    it.each(pairs)(`${name}: %s on %s is at least %s : 1`, (front, back, least) => {
      const ratio = contrast(theme.get(`--${front}`) ?? '', theme.get(`--${back}`) ?? '')
      expect(ratio).toBeGreaterThanOrEqual(least)
    })
  }
})
