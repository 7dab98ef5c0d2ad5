/// <reference lib="webworker" />
/**
 * The service worker that owns `/home/<peer id>/…`. It asks a page, where libp2p lives, and filters what comes back by
 * `rules.ts`. It keeps no state: a worker that was stopped and started again carries on with the next request.
 */

import { decide, FIXED_HEADERS, filter, listStaysInside, type Allowed, type Passed } from './rules'
import { COVER_CACHE, COVERS_MAX, type AskPage, type PageCommand, type ToPage, type ToWorker } from './wire'

declare const self: ServiceWorkerGlobalScope

/** A page that does not take a request within this time is frozen or gone. */
const TAKE_TIMEOUT_MS = 3_000

/** The pages that reach homes: the player, and that of a shared link. */
const PAGES = ['/player/', '/s/']

/** Chunks of 64 KiB that a page sends unasked-for of each answer, so that no chunk waits for a round trip. */
const CHUNKS_AHEAD = 4

/** Of the service worker's static routes, as far as they are used here; TypeScript does not know them yet. */
interface Routed extends ExtendableEvent {
  addRoutes?(rules: { condition: { urlPattern: string }; source: 'network' }): Promise<void>
}

self.addEventListener('install', (event: Routed) => {
  void self.skipWaiting()
  // The API is none of the worker's business. Past it a page's last word, that its listening ends, survives the page: a
  // worker that ends together with the page would take it along.
  const routed = event.addRoutes?.({ condition: { urlPattern: '/api/*' }, source: 'network' })
  if (routed) event.waitUntil(routed.catch(() => undefined))
})
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('message', (event) => {
  if ((event.data as PageCommand | null)?.type === 'iroam-claim') event.waitUntil(self.clients.claim())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const decision = decide({
    url: request.url,
    method: request.method,
    mode: request.mode,
    destination: request.destination,
    range: request.headers.get('range'),
    origin: self.location.origin,
  })
  if (decision.kind === 'network') return
  if (decision.kind === 'refuse') return event.respondWith(problem(decision.status, decision.title))
  event.respondWith(answer(event, decision))
})

async function answer(event: FetchEvent, asked: Allowed): Promise<Response> {
  const isCover = asked.method === 'GET' && asked.path.startsWith('/v1/covers/')
  if (isCover) {
    const kept = await (await caches.open(COVER_CACHE)).match(event.request.url)
    if (kept) return kept
  }
  const page = await findPage(event.clientId, asked)
  if (!page) return problem(503, 'No page of the player is open')
  event.request.signal.addEventListener('abort', () => page.send({ type: 'cancel' }))
  const head = await page.next()
  if (head.type === 'failed') return problem(head.status, head.title)
  if (head.type !== 'head') return problem(502, 'The player gave no answer')
  const passed = filter(asked, { status: head.status, headers: new Map(head.headers) })
  if (passed.kind === 'refuse') {
    page.send({ type: 'cancel' })
    return problem(passed.status, passed.title)
  }
  if (passed.kind === 'list') return listAnswer(event.request.url, passed, page)
  if (isCover && passed.status === 200) return coverAnswer(event, passed, page)
  const body = asked.method === 'HEAD' ? null : streamOf(page, passed.bytesMax)
  return new Response(body, { status: passed.status, headers: passed.headers })
}

type Filtered = Exclude<Passed, { kind: 'refuse' }>

/** A list is read whole before a byte of it passes. */
async function listAnswer(url: string, passed: Filtered, page: PagePort): Promise<Response> {
  const text = new TextDecoder().decode(await readAll(page, passed.bytesMax))
  if (!listStaysInside(text, url)) return problem(502, 'The home sent a list that leads elsewhere')
  delete passed.headers['content-length']
  return new Response(text, { status: passed.status, headers: passed.headers })
}

async function coverAnswer(event: FetchEvent, passed: Filtered, page: PagePort): Promise<Response> {
  const bytes = await readAll(page, passed.bytesMax)
  const response = new Response(bytes as Uint8Array<ArrayBuffer>, { status: 200, headers: passed.headers })
  event.waitUntil(keepCover(event.request.url, response.clone()))
  return response
}

async function keepCover(url: string, response: Response): Promise<void> {
  const cache = await caches.open(COVER_CACHE)
  await cache.put(url, response)
  const keys = await cache.keys()
  // Oldest first, as Cache Storage lists them.
  for (const key of keys.slice(0, Math.max(0, keys.length - COVERS_MAX))) await cache.delete(key)
}

/** The page that asked, else any page of the player that can reach that home. */
async function findPage(clientId: string, asked: Allowed): Promise<PagePort | null> {
  const own = clientId === '' ? undefined : await self.clients.get(clientId)
  const others = (await self.clients.matchAll({ type: 'window' })).filter((client) => client.id !== own?.id)
  for (const client of own ? [own, ...others] : others) {
    if (!PAGES.some((path) => new URL(client.url).pathname.startsWith(path))) continue
    const page = new PagePort(client, asked)
    if (await page.taken(TAKE_TIMEOUT_MS)) return page
    page.close()
  }
  return null
}

/** One request at one page. */
class PagePort {
  readonly #port: MessagePort
  readonly #messages: ToWorker[] = []
  #waiting: ((message: ToWorker) => void) | null = null

  constructor(client: Client, asked: Allowed) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.onmessage = (event: MessageEvent<ToWorker>) => {
      const waiting = this.#waiting
      this.#waiting = null
      if (waiting) waiting(event.data)
      else this.#messages.push(event.data)
    }
    const ask: AskPage = {
      type: 'iroam-ask',
      home: asked.home,
      path: asked.path,
      method: asked.method,
      range: asked.range,
      destination: asked.destination,
    }
    client.postMessage(ask, [port2])
  }

  send(message: ToPage): void {
    this.#port.postMessage(message)
  }

  next(): Promise<ToWorker> {
    const message = this.#messages.shift()
    return message ? Promise.resolve(message) : new Promise((resolve) => (this.#waiting = resolve))
  }

  async taken(timeoutMs: number): Promise<boolean> {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), timeoutMs))
    return (await Promise.race([this.next(), late]))?.type === 'taken'
  }

  close(): void {
    this.send({ type: 'cancel' })
    this.#port.close()
  }
}

function streamOf(page: PagePort, bytesMax: number): ReadableStream<Uint8Array> {
  let left = bytesMax
  for (let n = 0; n < CHUNKS_AHEAD; n++) page.send({ type: 'pull' })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await nextChunk(page)
        if (bytes === null) return controller.close()
        left -= bytes.length
        if (left >= 0) return controller.enqueue(bytes)
        page.send({ type: 'cancel' })
        throw new TypeError('The home sent more than it announced.')
      },
      cancel: () => page.send({ type: 'cancel' }),
    },
    { highWaterMark: 0 },
  )
}

/** The next of the chunks that are on their way; asks for one more in its place. `null` at the end. */
async function nextChunk(page: PagePort): Promise<Uint8Array | null> {
  const message = await page.next()
  if (message.type === 'chunk') {
    page.send({ type: 'pull' })
    return message.bytes
  }
  if (message.type === 'end') return null
  throw new TypeError('The connection to the home was lost.')
}

async function readAll(page: PagePort, bytesMax: number): Promise<Uint8Array> {
  return new Uint8Array(await new Response(streamOf(page, bytesMax) as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())
}

function problem(status: number, title: string): Response {
  const body = JSON.stringify({ type: 'about:blank', title, status })
  return new Response(body, { status, headers: { ...FIXED_HEADERS, 'content-type': 'application/problem+json' } })
}
