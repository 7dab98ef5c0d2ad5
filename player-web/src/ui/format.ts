/** Numbers and times as words. All lengths of time are milliseconds. */

const LOCALE = 'en'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const plain = new Intl.NumberFormat(LOCALE)
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })

/** `1,234`. */
export function count(n: number): string {
  return plain.format(n)
}

/** "1 song", "2 songs". */
export function plural(n: number, one: string, many: string): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** `€0.01`, `€1.20`, `€12`: micro-units of a currency (ISO 4217), exact to a tenth of a cent. */
export function money(micros: number, currency: string): string {
  return new Intl.NumberFormat(LOCALE, { style: 'currency', currency, maximumFractionDigits: 3, trailingZeroDisplay: 'stripIfInteger' } as Intl.NumberFormatOptions).format(micros / 1e6)
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
  const parts: [number, string][] = [
    [Math.floor(total / 3_600), 'hour'],
    [Math.floor(total / 60) % 60, 'minute'],
    [total % 60, 'second'],
  ]
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`)
  return said.length > 0 ? said.join(' ') : '0 seconds'
}

/** `41 min`, `3 h 12 min`, `12 days`: how long a list is. */
export function span(ms: number): string {
  if (ms <= 0) return ''
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`
  if (ms < 3 * DAY) {
    const minutes = Math.round(ms / MINUTE)
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`
  }
  return `${count(Math.round(ms / DAY))} days`
}

/** `5 minutes ago`, `in 8 seconds`. */
export function when(atMs: number, nowMs: number): string {
  const away = atMs - nowMs
  const size = Math.abs(away)
  if (size < MINUTE) return relative.format(Math.round(away / SECOND), 'second')
  if (size < HOUR) return relative.format(Math.round(away / MINUTE), 'minute')
  if (size < DAY) return relative.format(Math.round(away / HOUR), 'hour')
  return relative.format(Math.round(away / DAY), 'day')
}

/** Whole minutes that are left; a begun one does not count. */
export function minutes(ms: number): number {
  return Math.floor(Math.max(0, ms) / MINUTE)
}

/** The day something came in, such as `21 Nov 2026`. */
export function day(atMs: number): string {
  return new Date(atMs).toLocaleDateString(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' })
}
