/**
 * The story page, in development only: `/player/src/ui/stories/index.html?story=library#/albums`, and the page of a shared
 * link: `?visitor=album`. In another language: `&lang=de`.
 */
import { mount, unmount } from 'svelte'
import { browserLanguage } from '../../words/choice'
import { Page } from '../../words/page'
import App from '../App.svelte'
import VisitorPage from '../visitor/VisitorPage.svelte'
import { memoryApp } from './memory-app'
import { memoryVisitor, visits } from './memory-visitor'
import { stories } from './stories'

const asked = new URLSearchParams(location.search)
const story = stories[asked.get('story') ?? 'library']
const visit = visits[asked.get('visitor') ?? '']
const target = document.getElementById('app')

/** Mounts what is asked for; `null` when there is no such thing. */
function shown(into: HTMLElement): Record<string, unknown> | null {
  if (visit) return mount(VisitorPage, { target: into, props: { visitor: memoryVisitor(visit) } })
  return story && !asked.has('visitor') ? mount(App, { target: into, props: { app: memoryApp(story) } }) : null
}

if (target) {
  const page = new Page({
    root: document.documentElement,
    mount: () => {
      const component = shown(target)
      if (!component) target.textContent = `Stories: ${Object.keys(stories).join(', ')}. Visitors: ${Object.keys(visits).join(', ')}`
      return () => void (component && unmount(component))
    },
  })
  void page.show(browserLanguage([asked.get('lang') ?? 'en']))
}
