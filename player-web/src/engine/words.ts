/** What the engine says in trouble. */
import type { Words } from '../words/en'
import { t } from '../words/spoken'
import type { Trouble } from './types'

type Name = keyof Words['engine']['troubles']

/** Read when it is shown, so that a trouble of before the words came is in the right language too. */
const trouble = (name: Name): Trouble => ({
  get message() {
    return t.engine.troubles[name].message
  },
  get nextStep() {
    return t.engine.troubles[name].nextStep
  },
})

const names = Object.keys(t.engine.troubles) as Name[]

/** One object for each trouble: it can be told from others by itself. */
export const WORDS = Object.fromEntries(names.map((name) => [name, trouble(name)])) as Readonly<Record<Name, Trouble>>
