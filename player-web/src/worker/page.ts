/**
 * The page's half of the service worker: registers it, waits until it controls this page, and answers what it asks.
 */

import { TransportError, type HomeResponse } from '../net/transport'
import { COVER_CACHE, type AskPage, type PageCommand, type ToPage, type ToWorker } from './wire'

/** A worker that was asked to claim this page does so at once. */
const CLAIM_TIMEOUT_MS = 3_000
/** Marks that this tab has reloaded once to be controlled; a second time would not help either. */
const RELOADED_KEY = 'iroam-reloaded-for-worker'

/** Why there is no worker. */
export class NoWorker extends Error {
  constructor(readonly why: 'unsupported' | 'refused') {
    super(`no service worker: ${why}`)
  }
}

/** Whether this browser has service workers at all in this window: not without https, nor in some private ones. */
export function workerSupported(): boolean {
  return 'serviceWorker' in navigator
}

/**
 * Resolves when the worker controls this page. A hard reload leaves a page uncontrolled: then the worker is asked to
 * claim it, and if that does not help the page is reloaded, once. Rejects with {@link NoWorker}.
 */
export async function startWorker(): Promise<void> {
  if (!workerSupported()) throw new NoWorker('unsupported')
  const { serviceWorker } = navigator
  let registration: ServiceWorkerRegistration
  try {
    registration = await serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' })
  } catch {
    if (!serviceWorker.controller) throw new NoWorker('refused')
    return // An older one serves on while the portal is away.
  }
  if (serviceWorker.controller) return forget()
  // Listened for before anything is awaited: a new worker claims this page while it gets ready.
  const changed = new Promise<boolean>((resolve) => {
    serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true })
  })
  await serviceWorker.ready
  if (serviceWorker.controller) return forget()
  const tooLate = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(serviceWorker.controller !== null), CLAIM_TIMEOUT_MS)
  })
  const command: PageCommand = { type: 'iroam-claim' }
  registration.active?.postMessage(command)
  if (await Promise.race([changed, tooLate])) return forget()
  if (sessionStorage.getItem(RELOADED_KEY) !== null) throw new NoWorker('refused')
  sessionStorage.setItem(RELOADED_KEY, '1')
  location.reload()
  await new Promise(() => undefined) // The page ends here.
}

function forget(): void {
  sessionStorage.removeItem(RELOADED_KEY)
}

/** Answers the worker's requests. `null` from `serve` means that this page cannot reach that home. */
export type Serve = (ask: AskPage, signal: AbortSignal) => Promise<HomeResponse> | null

/** Starts answering; answers the way to stop. */
export function answerWorker(serve: Serve): () => void {
  const { serviceWorker } = navigator
  const listen = (event: MessageEvent<AskPage>): void => {
    const port = event.ports[0]
    if (event.data?.type === 'iroam-ask' && port) void answer(event.data, port, serve)
  }
  serviceWorker.addEventListener('message', listen)
  serviceWorker.startMessages()
  return () => serviceWorker.removeEventListener('message', listen)
}

async function answer(ask: AskPage, port: MessagePort, serve: Serve): Promise<void> {
  const controller = new AbortController()
  const send = (message: ToWorker, transfer: Transferable[] = []): void => port.postMessage(message, transfer)
  let pulls = 0
  let wake: (() => void) | null = null
  port.onmessage = (event: MessageEvent<ToPage>) => {
    if (event.data.type === 'cancel') controller.abort()
    else pulls++
    wake?.()
  }
  const served = serve(ask, controller.signal)
  if (!served) {
    send({ type: 'declined' })
    return port.close()
  }
  send({ type: 'taken' })
  try {
    const response = await served
    send({ type: 'head', status: response.status, headers: [...response.headers] })
    controller.signal.addEventListener('abort', () => response.body.cancel())
    for (;;) {
      while (pulls === 0 && !controller.signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
      if (controller.signal.aborted) break
      pulls--
      const bytes = await response.body.read()
      if (bytes === null) break
      // A copy of its own: what is transferred is gone here, and chunks share buffers.
      const own = bytes.slice()
      send({ type: 'chunk', bytes: own }, [own.buffer])
    }
    send({ type: 'end' })
  } catch (error) {
    if (!controller.signal.aborted) send(failure(error))
  }
  controller.abort()
}

function failure(error: unknown): ToWorker {
  const status = error instanceof TransportError && error.kind === 'malformed' ? 502 : 503
  return { type: 'failed', status, title: error instanceof Error ? error.message : 'The home cannot be reached' }
}

/** Covers of whoever was signed in before are nobody else's business. */
export async function purgeCovers(): Promise<void> {
  if ('caches' in window) await caches.delete(COVER_CACHE)
}
