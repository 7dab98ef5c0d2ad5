/** The page of somebody who was sent a link: `/s/<public id>#<secret>`. */
import { mount, unmount } from 'svelte'
import { takeKey } from './engine/visit'
import { createVisitor } from './engine/visitor'
import VisitorPage from './ui/visitor/VisitorPage.svelte'
import { browserLanguage } from './words/choice'
import { Page } from './words/page'

/** Site data may be blocked: then there is nothing that keeps. */
const storage = {
  getItem: (name: string) => sessionStorage.getItem(name),
  setItem: (name: string, value: string) => sessionStorage.setItem(name, value),
}
const key = takeKey({
  pathname: location.pathname, hash: location.hash, storage, replace: (url) => history.replaceState(null, '', url),
})
const target = document.getElementById('app')
if (target) {
  const visitor = createVisitor(key)
  const page = new Page({
    root: document.documentElement,
    mount: () => {
      const shown = mount(VisitorPage, { target, props: { visitor } })
      return () => void unmount(shown)
    },
  })
  void page.show(browserLanguage(navigator.languages))
}
