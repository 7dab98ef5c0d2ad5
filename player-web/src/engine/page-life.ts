/** What the comings and goings of the page mean for what is heard. */

import type { Listening } from './listening'
import type { EnginePlayer } from './player'

/** Starts to follow the page; answers the way to stop. */
export function followPage(player: EnginePlayer, listening: Listening): () => void {
  const hide = (): void => {
    player.settle()
    listening.pageHide()
  }
  const visibility = (): void => {
    player.settle()
    listening.beat()
  }
  const show = (): void => listening.pageShow()
  window.addEventListener('pagehide', hide)
  window.addEventListener('pageshow', show)
  document.addEventListener('visibilitychange', visibility)
  return () => {
    window.removeEventListener('pagehide', hide)
    window.removeEventListener('pageshow', show)
    document.removeEventListener('visibilitychange', visibility)
  }
}
