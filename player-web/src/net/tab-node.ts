import type { Node } from './node'

/** The one node of this tab: its code is loaded and started by whoever needs it first. */
export class TabNode {
  #node: Promise<Node> | null = null

  /** A chunk that did not load is asked for again by the next call. */
  start(): Promise<Node> {
    this.#node ??= import('./node')
      .then(({ Node }) => Node.start())
      .catch((error: unknown) => {
        this.#node = null
        throw error
      })
    return this.#node
  }

  /** Ends it when it runs. */
  stop(): void {
    void this.#node?.then((node) => node.stop()).catch(() => undefined)
  }
}
