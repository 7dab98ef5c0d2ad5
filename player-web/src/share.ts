/** The page of somebody who was sent a link: `/s/<public id>#<secret>`. */
import { mount } from 'svelte'
import { takeKey } from './engine/visit'
import { createVisitor } from './engine/visitor'
import VisitorPage from './ui/visitor/VisitorPage.svelte'

/** Site data may be blocked: then there is nothing that keeps. */
const storage = {
  getItem: (name: string) => sessionStorage.getItem(name),
  setItem: (name: string, value: string) => sessionStorage.setItem(name, value),
}
const key = takeKey({
  pathname: location.pathname, hash: location.hash, storage, replace: (url) => history.replaceState(null, '', url),
})
const target = document.getElementById('app')
if (target) mount(VisitorPage, { target, props: { visitor: createVisitor(key) } })
