import type { Visitor } from '../../engine/visitor'
import type { PlayModel } from '../../state/model.svelte'
import { commandOf, placeOf, type Command } from '../keymap'

const SKIP_MS = 10_000
const VOLUME_STEP = 0.05

/** Handles a key of the window: those of the key map that play. */
export function onVisitorKey(visitor: Visitor, model: PlayModel, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  if (event.target instanceof Element && event.target.closest('dialog') !== null) return
  const command = commandOf(event, placeOf(event.target), model.ui.singleKeys)
  const run = command && commands(visitor, model)[command]
  if (!run) return
  event.preventDefault()
  run()
}

function commands(visitor: Visitor, { play, player }: PlayModel): Partial<Record<Command, () => void>> {
  const volume = (by: number): void => player.setVolume(Math.min(1, Math.max(0, play.volume + by)))
  return {
    playPause: () => (play.entry ? player.toggle() : visitor.play(0)),
    next: () => player.next(),
    previous: () => player.previous(),
    back10: () => player.seekBy(-SKIP_MS),
    ahead10: () => player.seekBy(SKIP_MS),
    louder: () => volume(VOLUME_STEP),
    quieter: () => volume(-VOLUME_STEP),
    mute: () => player.setMuted(!play.muted),
  }
}
