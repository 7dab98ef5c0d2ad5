import type { Readable } from './types'

/** A {@link Readable} that its owner sets. */
export class Cell<T> implements Readable<T> {
  #value: T
  readonly #runs = new Set<(value: T) => void>()

  constructor(value: T) {
    this.#value = value
  }

  get(): T {
    return this.#value
  }

  /** Tells subscribers when the value is another one. A subscriber that throws harms nobody else. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const run of [...this.#runs]) {
      try {
        run(value)
      } catch (error) {
        reportError(error)
      }
    }
  }

  /** Sets from the present value. */
  update(change: (value: T) => T): void {
    this.set(change(this.#value))
  }

  subscribe(run: (value: T) => void): () => void {
    this.#runs.add(run)
    run(this.#value)
    return () => void this.#runs.delete(run)
  }
}

/** Resolves with the first value that passes; rejects with the signal's reason. */
export function until<T, S extends T>(
  source: Readable<T>,
  pass: (value: T) => value is S,
  signal: AbortSignal,
): Promise<S>
export function until<T>(source: Readable<T>, pass: (value: T) => boolean, signal: AbortSignal): Promise<T>
export function until<T>(source: Readable<T>, pass: (value: T) => boolean, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    let stop: (() => void) | null = null
    const finish = (): void => {
      stop?.()
      signal.removeEventListener('abort', abort)
    }
    const abort = (): void => {
      finish()
      reject(signal.reason)
    }
    let passed = false
    stop = source.subscribe((value) => {
      if (passed || !pass(value)) return
      passed = true
      resolve(value)
      if (stop) finish()
    })
    if (passed) return finish()
    signal.addEventListener('abort', abort)
  })
}
