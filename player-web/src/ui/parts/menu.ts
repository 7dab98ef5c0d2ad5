import type { MenuItem, OpenMenu } from '../../state/ui.svelte'

/** A menu at the pointer, or under the element when a key asked for it. */
export function menuAt(event: MouseEvent, label: string, items: MenuItem[], under?: HTMLElement): OpenMenu {
  const from = under ?? (event.currentTarget as HTMLElement)
  const box = from.getBoundingClientRect()
  // A context menu that a key asked for carries no button and, in some browsers, no place.
  const byKey = under !== undefined || event.button !== 2
  return { label, items, from, x: byKey ? box.left : event.clientX, y: byKey ? box.bottom + 2 : event.clientY }
}
