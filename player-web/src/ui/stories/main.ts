/** The story page, in development only: `/player/src/ui/stories/index.html?story=library#/albums`. */
import { mount } from 'svelte'
import App from '../App.svelte'
import { memoryApp } from './memory-app'
import { stories } from './stories'

const name = new URLSearchParams(location.search).get('story') ?? 'library'
const story = stories[name]
const target = document.getElementById('app')
if (target && story) mount(App, { target, props: { app: memoryApp(story) } })
else document.body.textContent = `Stories: ${Object.keys(stories).join(', ')}`
