/** The way to a home whose own agent serves this page: plain requests to the same origin, no grant, no minutes. */

import type { PeerIdText } from './portal-types'
import { HEAD_TIMEOUT_MS } from './http-pool'
import { TransportError, type Body, type HomeRequest, type HomeResponse, type HomeTransport } from './transport'

export class LocalTransport implements HomeTransport {
  readonly #base: string

  constructor(home: PeerIdText) {
    this.#base = `/home/${home}`
  }

  async request(request: HomeRequest): Promise<HomeResponse> {
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), request.headTimeoutMs ?? HEAD_TIMEOUT_MS)
    try {
      const response = await fetch(this.#base + request.path, {
        method: request.method ?? 'GET',
        headers: { ...request.headers },
        credentials: 'same-origin',
        signal: request.signal ? AbortSignal.any([request.signal, limit.signal]) : limit.signal,
      })
      return { status: response.status, headers: new Map(response.headers), body: bodyOf(response) }
    } catch {
      request.signal?.throwIfAborted()
      if (limit.signal.aborted) throw new TransportError('late', 'The home took too long to answer.')
      throw new TransportError('offline', 'The home does not answer.')
    } finally {
      clearTimeout(timer)
    }
  }
}

function bodyOf(response: Response): Body {
  const reader = response.body?.getReader()
  return {
    read: async () => {
      try {
        return (await reader?.read())?.value ?? null
      } catch {
        throw new TransportError('lost', 'The connection to the home was lost.')
      }
    },
    cancel: () => void reader?.cancel().catch(() => undefined),
  }
}
