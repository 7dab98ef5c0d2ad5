/** The language that this page speaks. */
import { words as english, type Words } from './en'
import { formatIn } from './format'
import { CATALOGUES, DEFAULT, type Language } from './languages'

/** 10 kB that take longer are not waited for: the page itself came over the same line. */
const LATE_MS = 5_000

/** Every word of the page. What is read of it anew after {@link speak} is in the new language. */
export let t: Words = english
let language: Language = DEFAULT
let wanted: Language = DEFAULT

/** Speaks `next` from now on; what was spoken before, when its words do not come. Answers what is spoken. */
export async function speak(next: Language): Promise<Language> {
  wanted = next
  const words = await wordsOf(next)
  // Another language may have been wished for meanwhile.
  if (words && wanted === next) {
    t = words
    language = next
    formatIn(next)
  }
  return language
}

/** `null` when the chunk does not come, or not in time: a page in another language is better than none. */
async function wordsOf(language: Language): Promise<Words | null> {
  if (language === DEFAULT) return english
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), LATE_MS)))
  const words = CATALOGUES[language]().then((chunk) => chunk.words, () => null)
  return Promise.race([words, late]).finally(() => clearTimeout(timer))
}
