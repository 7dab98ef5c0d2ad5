/** The keys of the player, as data: the handler and the help sheet are both made from this one map. */
import { t } from '../words/spoken'

export type Command =
  | 'playPause' | 'next' | 'previous' | 'back10' | 'ahead10' | 'louder' | 'quieter' | 'mute'
  | 'love' | 'addTo' | 'queue' | 'search' | 'share' | 'help' | 'palette'

export type Group = 'play' | 'go' | 'list'

export interface Binding {
  command: Command
  group: Group
  /** What it does, in the language that is spoken. */
  words: () => string
  /** `KeyboardEvent.key`. */
  key: string
  shift?: boolean
  /** Ctrl, on a Mac Cmd. */
  mod?: boolean
}

export const keymap: readonly Binding[] = [
  { command: 'playPause', group: 'play', words: () => t.keys.playPause, key: ' ' },
  { command: 'previous', group: 'play', words: () => t.keys.previous, key: 'ArrowLeft' },
  { command: 'next', group: 'play', words: () => t.keys.next, key: 'ArrowRight' },
  { command: 'back10', group: 'play', words: () => t.keys.back10, key: 'ArrowLeft', shift: true },
  { command: 'ahead10', group: 'play', words: () => t.keys.ahead10, key: 'ArrowRight', shift: true },
  { command: 'quieter', group: 'play', words: () => t.keys.quieter, key: '-' },
  { command: 'louder', group: 'play', words: () => t.keys.louder, key: '=' },
  { command: 'mute', group: 'play', words: () => t.keys.mute, key: 'm' },
  { command: 'love', group: 'play', words: () => t.lists.keys.love, key: 'l' },
  { command: 'addTo', group: 'play', words: () => t.lists.keys.addTo, key: 'a' },
  { command: 'search', group: 'go', words: () => t.keys.search, key: '/' },
  { command: 'queue', group: 'go', words: () => t.keys.queue, key: 'q' },
  { command: 'share', group: 'go', words: () => t.keys.share, key: 's' },
  { command: 'palette', group: 'go', words: () => t.keys.palette, key: 'k', mod: true },
  { command: 'help', group: 'go', words: () => t.keys.help, key: '?' },
]

/** Keys that work inside a focused list; handled there, listed here for the help sheet. */
export function listKeys(): readonly { words: string; keys: string[] }[] {
  const { caps } = t.keys
  return [
    { words: t.keys.rowUpDown, keys: ['↑', '↓'] },
    { words: t.keys.rowEnds, keys: [caps.home, caps.end] },
    { words: t.keys.rowPlay, keys: [caps.enter] },
    { words: t.keys.rowMenu, keys: [caps.shift, 'F10'] },
    { words: t.lists.keys.stars, keys: ['0', '…', '5'] },
    { words: t.lists.keys.move, keys: ['Alt', '↑', '↓'] },
    { words: t.lists.keys.remove, keys: [caps.del] },
    { words: t.lists.keys.rename, keys: ['F2'] },
  ]
}

export type Press = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>

/** Where a key was pressed, as far as it matters: `text` takes every key, `control` takes those that work it. */
export type Place = 'text' | 'control' | 'page'

/** The command of a key press; `null` when the key belongs to what has the focus, or to nobody. */
export function commandOf(press: Press, place: Place, singleKeys: boolean): Command | null {
  if (press.altKey) return null
  const mod = press.ctrlKey || press.metaKey
  const found = keymap.find((binding) => matches(binding, press, mod))
  if (!found) return null
  if (found.mod) return found.command
  if (!singleKeys || place === 'text') return null
  // Space and arrows work a focused button, slider or menu before they work the player.
  if (place === 'control' && (found.key === ' ' || found.key.startsWith('Arrow'))) return null
  return found.command
}

function matches(binding: Binding, press: Press, mod: boolean): boolean {
  if ((binding.mod ?? false) !== mod) return false
  // A key that is typed with Shift anyway (`?`) says so by itself; `+` is `=` with Shift on most keyboards.
  const shiftMatters = binding.key.length > 1 || /[a-z]/.test(binding.key)
  if (shiftMatters && (binding.shift ?? false) !== press.shiftKey) return false
  const key = press.key === '+' ? '=' : press.key === '_' ? '-' : press.key
  return key.toLowerCase() === binding.key.toLowerCase()
}

/** The keys of a binding as caps for the help sheet. */
export function caps(binding: Binding, mac: boolean): string[] {
  const { space, shift, ctrl } = t.keys.caps
  const names: Record<string, string> = { ' ': space, ArrowLeft: '←', ArrowRight: '→', '-': '−' }
  const main = names[binding.key] ?? (binding.key.length === 1 ? binding.key.toUpperCase() : binding.key)
  return [...(binding.mod ? [mac ? '⌘' : ctrl] : []), ...(binding.shift ? [shift] : []), main]
}

const TEXT_TYPES = new Set(['text', 'search', 'email', 'password', 'url', 'number', 'tel'])

/** What kind of place an element is. */
export function placeOf(target: EventTarget | null): Place {
  if (!(target instanceof HTMLElement)) return 'page'
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return 'text'
  if (target instanceof HTMLInputElement) return TEXT_TYPES.has(target.type) ? 'text' : 'control'
  if (target instanceof HTMLSelectElement) return 'text'
  return target.closest('button, a[href], summary, [role="menuitem"], [role="option"]') ? 'control' : 'page'
}
