import { mount } from 'svelte'
import { createApp } from './engine/app'
import App from './ui/App.svelte'

const target = document.getElementById('app')
if (target) mount(App, { target, props: { app: createApp() } })
