import { mount, unmount } from 'svelte'
import { createApp } from './engine/app'
import App from './ui/App.svelte'
import { accountLanguage, browserMemory, firstLanguage } from './words/choice'
import { Page } from './words/page'

const target = document.getElementById('app')
if (target) {
  // Starts at once: the words come meanwhile.
  const app = createApp()
  const page = new Page({
    root: document.documentElement,
    mount: () => {
      const shown = mount(App, { target, props: { app } })
      return () => void unmount(shown)
    },
  })
  void page.show(firstLanguage(browserMemory, navigator.languages))
  app.session.subscribe((session) => {
    if (session.kind === 'ready') void page.show(accountLanguage(session.me.account.language, browserMemory, navigator.languages))
  })
}
