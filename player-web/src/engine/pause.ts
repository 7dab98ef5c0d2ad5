/** A wait that may be cut short: a person wants it tried at once, or there is news. */
export class Pause {
  #wake: (() => void) | null = null

  /** Resolves after `ms`, or when {@link end} is called. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends the wait that runs, if one does. */
  end(): void {
    this.#wake?.()
  }
}
