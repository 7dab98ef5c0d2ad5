import type { Attachment } from 'svelte/attachments'
import { columnsOf, scrollTo, spanOf, type Span } from '../ui/windowing'

/** Marks the element that scrolls; the lists inside find it by this. */
export const SCROLLER = 'data-scroller'

interface Shape {
  /** Rows, or cells of a grid. */
  total: () => number
  /** Height of a row, gap included. */
  rowHeight: () => number
  /** A grid's least cell width and its gap. */
  cell?: () => { least: number; gap: number }
}

/** Follows a list inside a scroller and says which rows are to be drawn. */
export class Scroll {
  #scrolled = $state(0)
  #viewHeight = $state(0)
  #width = $state(0)
  #scroller: HTMLElement | null = null
  #node: HTMLElement | null = null
  readonly #shape: Shape
  readonly columns = $derived.by(() => {
    const cell = this.#shape.cell?.()
    return cell ? columnsOf(this.#width, cell.least, cell.gap) : 1
  })
  readonly span: Span = $derived.by(() => spanOf(this.#look()))

  constructor(shape: Shape) {
    this.#shape = shape
  }

  /** First cell to draw. */
  get first(): number { return this.span.first * this.columns }
  /** One past the last cell to draw. */
  get end(): number { return Math.min(this.#shape.total(), this.span.end * this.columns) }
  /** Rows that fit in the view, for Page Up and Page Down. */
  get page(): number { return Math.max(1, Math.floor(this.#viewHeight / this.#shape.rowHeight()) - 2) }

  /** Goes on the list's tall box. */
  readonly attach: Attachment<HTMLElement> = (node) => {
    const scroller = node.closest<HTMLElement>(`[${SCROLLER}]`)
    if (!scroller) return
    this.#node = node
    this.#scroller = scroller
    const measure = (): void => {
      this.#width = node.clientWidth
      this.#viewHeight = scroller.clientHeight
      this.#scrolled = scroller.getBoundingClientRect().top - node.getBoundingClientRect().top
    }
    const sizes = new ResizeObserver(measure)
    sizes.observe(node)
    sizes.observe(scroller)
    scroller.addEventListener('scroll', measure, { passive: true })
    measure()
    return () => {
      sizes.disconnect()
      scroller.removeEventListener('scroll', measure)
      this.#node = this.#scroller = null
    }
  }

  /** Scrolls so that a row (or the line of a cell) is wholly seen under `header` px. */
  reveal(index: number, header = 0): void {
    if (!this.#scroller || !this.#node) return
    // What stands above the first row belongs to it.
    if (index < this.columns) {
      this.#scroller.scrollTop = 0
      return
    }
    this.#scrolled = this.#scroller.getBoundingClientRect().top - this.#node.getBoundingClientRect().top
    const to = scrollTo(Math.floor(index / this.columns), this.#look(), header)
    if (to !== null) this.#scroller.scrollTop += to - this.#scrolled
  }

  #look() {
    return {
      total: Math.ceil(this.#shape.total() / this.columns),
      rowHeight: this.#shape.rowHeight(),
      scrolled: this.#scrolled,
      viewHeight: this.#viewHeight,
    }
  }
}
