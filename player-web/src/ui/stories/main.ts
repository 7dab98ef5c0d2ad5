/**
 * The story page, in development only: `/player/src/ui/stories/index.html?story=library#/albums`, and the page of a shared
 * link: `?visitor=album`.
 */
import { mount } from 'svelte'
import App from '../App.svelte'
import VisitorPage from '../visitor/VisitorPage.svelte'
import { memoryApp } from './memory-app'
import { memoryVisitor, visits } from './memory-visitor'
import { stories } from './stories'

const asked = new URLSearchParams(location.search)
const story = stories[asked.get('story') ?? 'library']
const visit = visits[asked.get('visitor') ?? '']
const target = document.getElementById('app')
if (target && visit) mount(VisitorPage, { target, props: { visitor: memoryVisitor(visit) } })
else if (target && story && !asked.has('visitor')) mount(App, { target, props: { app: memoryApp(story) } })
else document.body.textContent = `Stories: ${Object.keys(stories).join(', ')}. Visitors: ${Object.keys(visits).join(', ')}`
