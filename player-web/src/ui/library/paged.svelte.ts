import { onDestroy, untrack } from 'svelte'
import { useModel } from '../../state/model.svelte'
import { PagedList, type Load } from '../../state/list.svelte'

/**
 * A list of the chosen home that lives as long as its component: opened again when `load` answers another function
 * (another order or filter), fetched again when the library changes, tried again when the home is back.
 */
export function paged<T>(load: () => Load<T>): PagedList<T> {
  const model = useModel()
  const list = new PagedList<T>(load())
  let opened: Load<T> | null = null
  let revision: number | undefined
  let online = model.connection.kind === 'online'

  $effect(() => {
    const wanted = load()
    if (opened !== null && opened !== wanted) untrack(() => list.open(wanted))
    opened = wanted
  })
  $effect(() => {
    const now = model.status?.revision
    if (revision !== undefined && now !== revision) untrack(() => list.refresh())
    revision = now
  })
  $effect(() => {
    const now = model.connection.kind === 'online'
    if (now && !online) untrack(() => list.refresh())
    online = now
  })
  onDestroy(() => list.close())
  return list
}
