/** Numbers and times as words, in the language that is spoken. All lengths of time are milliseconds. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Unit = 'second' | 'minute' | 'hour' | 'day' | 'percent'
type Width = 'short' | 'long'

/** What `Intl` knows of one language. */
class Formats {
  readonly number: Intl.NumberFormat
  readonly plural: Intl.PluralRules
  readonly list: Intl.ListFormat
  /** For the parts of one quantity. */
  readonly together: Intl.ListFormat
  readonly relative: Intl.RelativeTimeFormat
  readonly day: Intl.DateTimeFormat

  constructor(readonly language: string) {
    this.number = new Intl.NumberFormat(language)
    this.plural = new Intl.PluralRules(language)
    this.list = new Intl.ListFormat(language)
    this.together = new Intl.ListFormat(language, { type: 'unit', style: 'narrow' })
    this.relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
    this.day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric' })
  }

  unit(n: number, unit: Unit, width: Width): string {
    return new Intl.NumberFormat(this.language, { style: 'unit', unit, unitDisplay: width }).format(n)
  }
}

let formats = new Formats('en')

/** Formats as `language` (BCP 47) does from now on. */
export function formatIn(language: string): void {
  formats = new Formats(language)
}

/** `1,234`. */
export function count(n: number): string {
  return formats.number.format(n)
}

/** `50 percent`. */
export function percentSpoken(n: number): string {
  return formats.unit(n, 'percent', 'long')
}

/** `Mia, Ben, and Ida`. */
export function list(names: readonly string[]): string {
  return formats.list.format(names)
}

/** The forms of a noun that a language has, by the plural categories of CLDR; `other` for those left out. */
export type Forms = { readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>

/** `1 song`, `2 songs`. */
export function plural(n: number, forms: Forms): string {
  return `${count(n)} ${formOf(n, forms)}`
}

/** The form alone. */
export function formOf(n: number, forms: Forms): string {
  return forms[formats.plural.select(n)] ?? forms.other
}

/** `€0.01`, `€1.20`, `€12`: micro-units of a currency (ISO 4217), exact to a tenth of a cent. */
export function money(micros: number, currency: string): string {
  return new Intl.NumberFormat(formats.language, { style: 'currency', currency, maximumFractionDigits: 3, trailingZeroDisplay: 'stripIfInteger' } as Intl.NumberFormatOptions).format(micros / 1e6)
}

/** `3:49`, `1:02:03`; `–:––` when unknown (0 for a length is told by the caller). */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / SECOND))
  const seconds = String(total % 60).padStart(2, '0')
  const minutes = Math.floor(total / 60) % 60
  const hours = Math.floor(total / 3_600)
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`
}

/** The length of a track; empty when the index does not know it. */
export function length(ms: number): string {
  return ms > 0 ? clock(ms) : ''
}

/** `1 minute 28 seconds`, for a slider's spoken value. */
export function spoken(ms: number): string {
  const total = Math.max(0, Math.floor(ms / SECOND))
  const parts: [number, Unit][] = [
    [Math.floor(total / 3_600), 'hour'],
    [Math.floor(total / 60) % 60, 'minute'],
    [total % 60, 'second'],
  ]
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => formats.unit(n, unit, 'long'))
  return said.length > 0 ? formats.together.format(said) : formats.unit(0, 'second', 'long')
}

/** `41 min`, `3 hr 12 min`, `12 days`: how long a list is. */
export function span(ms: number): string {
  if (ms <= 0) return ''
  if (ms < MINUTE) return formats.unit(Math.round(ms / SECOND), 'second', 'short')
  if (ms >= 3 * DAY) return formats.unit(Math.round(ms / DAY), 'day', 'long')
  const total = Math.round(ms / MINUTE)
  const parts: [number, Unit][] = [[Math.floor(total / 60), 'hour'], [total % 60, 'minute']]
  return parts.filter(([n]) => n > 0).map(([n, unit]) => formats.unit(n, unit, 'short')).join(' ')
}

/** `5 minutes ago`, `in 8 seconds`. */
export function when(atMs: number, nowMs: number): string {
  const away = atMs - nowMs
  const size = Math.abs(away)
  const { relative } = formats
  if (size < MINUTE) return relative.format(Math.round(away / SECOND), 'second')
  if (size < HOUR) return relative.format(Math.round(away / MINUTE), 'minute')
  if (size < DAY) return relative.format(Math.round(away / HOUR), 'hour')
  return relative.format(Math.round(away / DAY), 'day')
}

/** Whole minutes that are left; a begun one does not count. */
export function minutes(ms: number): number {
  return Math.floor(Math.max(0, ms) / MINUTE)
}

/** The day something came in, such as `Nov 21, 2026`. */
export function day(atMs: number): string {
  return formats.day.format(atMs)
}
