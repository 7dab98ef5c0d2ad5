import { backoffMs } from '../../net/backoff'

/** Does one piece of reading again whenever it is asked, never twice at once, and tries again while it fails. */
export class Refresher {
  readonly #work: () => Promise<void>
  readonly #random: () => number
  #running = false
  #again = false
  #stopped = false
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(work: () => Promise<void>, random: () => number) {
    this.#work = work
    this.#random = random
  }

  now(): void {
    clearTimeout(this.#timer)
    if (this.#running) this.#again = true
    else if (!this.#stopped) void this.#run()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      do {
        this.#again = false
        await this.#work()
      } while (this.#again && !this.#stopped)
      this.#attempt = 0
    } catch {
      // The work has said what went wrong; here it only goes on.
      if (!this.#stopped) this.#timer = setTimeout(() => this.now(), backoffMs(++this.#attempt, this.#random()))
    } finally {
      this.#running = false
    }
  }
}
