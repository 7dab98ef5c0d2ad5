import { placed } from '../../engine/placed'
import type { Model } from '../../state/model.svelte'
import { commandOf, placeOf, type Command } from '../keymap'

const SKIP_MS = 10_000
const VOLUME_STEP = 0.05

/** What each command of the key map does. */
export function run(model: Model, command: Command): void {
  const { player, ui } = model
  const volume = (by: number): void => player.setVolume(Math.min(1, Math.max(0, model.play.volume + by)))
  const commands: Record<Command, () => void> = {
    playPause: () => player.toggle(),
    next: () => player.next(),
    previous: () => player.previous(),
    back10: () => player.seekBy(-SKIP_MS),
    ahead10: () => player.seekBy(SKIP_MS),
    louder: () => volume(VOLUME_STEP),
    quieter: () => volume(-VOLUME_STEP),
    mute: () => player.setMuted(!model.play.muted),
    love: () => {
      const track = model.play.entry?.track ?? model.lists.focused
      if (track) model.listCommands.love(track, model.play.entry?.home ?? null)
    },
    addTo: () => {
      // A dialog names the song, so the row that has the focus goes first.
      const { entry } = model.play
      const track = model.lists.focused ?? (entry && placed(entry.track, entry.home))
      if (track) model.listCommands.addTo([track])
    },
    queue: () => ui.setQueueOpen(!ui.queueOpen),
    search: () => focusSearch(model),
    share: () => void shareHere(model),
    help: () => (ui.sheet = ui.sheet === 'help' ? 'none' : 'help'),
    palette: () => (ui.sheet = ui.sheet === 'palette' ? 'none' : 'palette'),
  }
  commands[command]()
}

/** Handles a key of the window. */
export function onKey(model: Model, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || model.ui.menu) return
  const command = commandOf(event, placeOf(event.target), model.ui.singleKeys)
  // An open dialog keeps its keys, but for the one that closes it again.
  const dialog = event.target instanceof Element && event.target.closest('dialog') !== null
  if (!command || (dialog && command !== model.ui.sheet)) return
  if (event.repeat && command !== 'louder' && command !== 'quieter' && command !== 'ahead10' && command !== 'back10') return
  event.preventDefault()
  run(model, command)
}

/** The album that is looked at, else the song that plays. */
async function shareHere({ commands, collection: library, play, ui }: Model): Promise<void> {
  if (ui.route.view === 'album') {
    const album = await library.album(ui.route.id).catch(() => null)
    if (album) await commands.shareAlbum(album)
  } else if (play.entry) commands.shareTrack(play.entry.track, play.entry.home)
}

function focusSearch(model: Model): void {
  const field = (): HTMLInputElement | null => document.querySelector('#search')
  if (!field()) model.ui.go({ view: 'search', q: '' })
  requestAnimationFrame(() => field()?.select())
}
