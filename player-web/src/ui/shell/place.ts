import type { Attachment } from 'svelte/attachments'

/** A list needs a moment until it is tall enough to be scrolled to its old place. */
const RESTORE_MS = 2_000

/** Keeps how far an element was scrolled under `key`, and scrolls a new element of that key there. */
export function keepPlace(places: Map<string, number>, key: string): Attachment<HTMLElement> {
  return (node) => {
    const target = places.get(key) ?? 0
    const until = performance.now() + RESTORE_MS
    let frame = 0
    const restore = (): void => {
      node.scrollTop = target
      if (Math.abs(node.scrollTop - target) > 1 && performance.now() < until) frame = requestAnimationFrame(restore)
    }
    const keep = (): void => void places.set(key, node.scrollTop)
    const handsOn = (): void => cancelAnimationFrame(frame)
    if (target > 0) restore()
    node.addEventListener('scrollend', keep, { passive: true })
    node.addEventListener('wheel', handsOn, { passive: true })
    node.addEventListener('touchstart', handsOn, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      node.removeEventListener('scrollend', keep)
      node.removeEventListener('wheel', handsOn)
      node.removeEventListener('touchstart', handsOn)
    }
  }
}
