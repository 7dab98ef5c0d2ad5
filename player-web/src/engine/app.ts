import { Cell } from './readable'
import type { App } from './types'

/** Makes the engine of this tab. */
export function createApp(): App {
  return { session: new Cell({ kind: 'loading' }) } as unknown as App
}
