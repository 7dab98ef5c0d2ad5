/** A page in the language of whoever uses it. */
import type { Language } from './languages'
import { speak } from './spoken'

/** Where the words of this page come from, and what carries `lang`. */
export interface Surface {
  /** Builds the page out of the words of now; answers the way to take it away. */
  mount(): () => void
  root: Pick<HTMLElement, 'lang'>
}

/**
 * Shows a page when its words are here, and builds it anew for another language. Only what is seen is built anew: what
 * plays belongs to the engine.
 */
export class Page {
  readonly #surface: Surface
  #shown: Language | null = null
  #unmount: () => void = () => undefined

  constructor(surface: Surface) {
    this.#surface = surface
  }

  /** Resolves when the page is there, in `wanted` or in what was spoken before when those words do not come. */
  async show(wanted: Language): Promise<void> {
    const language = await speak(wanted)
    if (this.#shown === language) return
    this.#unmount()
    this.#shown = language
    this.#surface.root.lang = language
    this.#unmount = this.#surface.mount()
  }
}
