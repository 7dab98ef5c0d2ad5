/**
 * Which rows of a long list are in the document. Pure arithmetic: pixels in, row numbers out.
 *
 * Browsers cap the height of an element (Chromium near 33 million px, Firefox near 17 million). Lists taller than
 * {@link HEIGHT_MAX} are squeezed: the scroll bar maps proportionally and the rows are shifted, so that the last row
 * stays reachable.
 */

/** Well under every browser's cap; 250,000 rows of 32 px fit without squeezing. */
export const HEIGHT_MAX = 8_000_000
/** Rows kept above and below what is seen, so that a fast flick shows rows and not gaps. */
export const OVERSCAN = 8

export interface Look {
  /** Rows (or lines of a grid) in the list. */
  total: number
  /** Height of one, in px. */
  rowHeight: number
  /** How far the list's top is above the top of the view; negative while it is below. */
  scrolled: number
  /** Height of the view. */
  viewHeight: number
}

export interface Span {
  /** First row to draw. */
  first: number
  /** One past the last row to draw. */
  end: number
  /** Height of the whole list's box. */
  height: number
  /** Row `i` stands at `i * rowHeight + shift`. */
  shift: number
}

/** The rows to draw. */
export function spanOf({ total, rowHeight, scrolled, viewHeight }: Look): Span {
  const real = total * rowHeight
  const height = Math.min(real, HEIGHT_MAX)
  const at = clamp(scrolled, 0, Math.max(0, height - viewHeight))
  const realAt = height === real ? at : (at / (height - viewHeight)) * (real - viewHeight)
  const first = Math.max(0, Math.floor(realAt / rowHeight) - OVERSCAN)
  // A view that begins above the list shows less of it.
  const seen = viewHeight + Math.min(0, scrolled)
  const end = Math.min(total, Math.ceil((realAt + Math.max(0, seen)) / rowHeight) + OVERSCAN)
  return { first, end: Math.max(first, end), height, shift: at - realAt }
}

/** How far to scroll (as {@link Look.scrolled}) so that `row` is wholly seen below `header` px; `null` when it is. */
export function scrollTo(row: number, look: Look, header = 0): number | null {
  const { total, rowHeight, scrolled, viewHeight } = look
  const real = total * rowHeight
  const height = Math.min(real, HEIGHT_MAX)
  const squeeze = height === real ? 1 : (height - viewHeight) / (real - viewHeight)
  const realAt = scrolled < 0 ? scrolled : scrolled / squeeze
  const top = row * rowHeight
  if (top < realAt + header) return (top - header) * squeeze
  if (top + rowHeight > realAt + viewHeight) return (top + rowHeight - viewHeight) * squeeze
  return null
}

/** How many columns of at least `least` px fit, with `gap` between them. */
export function columnsOf(width: number, least: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (least + gap)))
}

/** The numbers of the rows to draw, in order; `keep` stays drawn wherever it is (the row that has the focus). */
export function rowsOf(span: Pick<Span, 'first' | 'end'>, keep: number | null, total: number): number[] {
  const rows = Array.from({ length: span.end - span.first }, (_, i) => span.first + i)
  if (keep === null || keep < 0 || keep >= total || (keep >= span.first && keep < span.end)) return rows
  return keep < span.first ? [keep, ...rows] : [...rows, keep]
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
