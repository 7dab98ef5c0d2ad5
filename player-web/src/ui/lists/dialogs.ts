/** The dialogs of lists, loaded together when the first one opens. */
export { default as AddDialog } from './AddDialog.svelte'
export { default as ImportDialog } from './ImportDialog.svelte'
export { default as MoveDialog } from './MoveDialog.svelte'
export { default as PeopleDialog } from './PeopleDialog.svelte'
