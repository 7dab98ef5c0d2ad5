/**
 * HTTP/1.1 requests over the streams of one connection. A stream serves one request at a time and is kept for the
 * next, which saves its negotiation. Each answer is a bounded range or a short list, which is the only brake there is:
 * js-libp2p's streams know no back-pressure.
 */

import { AnswerReader, concat, encodeRequest, MalformedAnswer, type AnswerEvent, type Head } from './http1'
import { TransportError, type Body, type HomeRequest, type HomeResponse, type Priority } from './transport'

/** Bytes both ways, as a libp2p stream has them. */
export interface ByteStream {
  send(bytes: Uint8Array): void
  /** Ends our half. */
  closeWrite(): void
  abort(): void
  /** Sets the one listener. */
  listen(listener: { data(bytes: Uint8Array): void; end(): void; lost(): void }): void
}

/** Handed over at once, when so much has come: four of yamux's data frames. */
const READ_BYTES = 64 * 1024
/** Streams in use at once: two media reads, their neighbours' lists and covers; far below yamux's limits. */
const STREAMS_MAX = 8
/** Of these, covers at most so many, so that a page of pictures never holds up a song. */
const COVERS_MAX = 4
/** Idle streams that are kept. */
const IDLE_MAX = 3
/** An idle stream older than this may be closed at the other end already. */
const IDLE_LIFE_MS = 20_000
/** A head that takes longer is not coming: five round trips of the slowest path and a disk that wakes up. */
export const HEAD_TIMEOUT_MS = 15_000
/** A body that is silent for so long is not coming. */
export const BODY_TIMEOUT_MS = 15_000

interface Waiting {
  priority: Priority
  start: () => void
}

const ORDER: readonly Priority[] = ['media', 'api', 'cover']

export class HttpPool {
  readonly #open: (signal: AbortSignal) => Promise<ByteStream>
  readonly #host: string
  readonly #idle: { stream: Exchanger; sinceMs: number }[] = []
  readonly #queue: Waiting[] = []
  readonly #closed = new AbortController()
  #busy = 0
  #covers = 0
  #heardAtMs = 0
  #askedAtMs = 0

  constructor(open: (signal: AbortSignal) => Promise<ByteStream>, host: string) {
    this.#open = open
    this.#host = host
  }

  /** When the last byte came in, on `performance.now()`. */
  get heardAtMs(): number {
    return this.#heardAtMs
  }

  /** How long what was asked has waited without a byte; 0 when nothing is asked. Long polls are no measure. */
  quietMs(nowMs: number): number {
    return this.#busy === 0 ? 0 : nowMs - Math.max(this.#heardAtMs, this.#askedAtMs)
  }

  /** Ends every request with `lost`. */
  close(): void {
    this.#closed.abort(new TransportError('lost', 'The connection to the home was lost.'))
    for (const { stream } of this.#idle.splice(0)) stream.abort()
    for (const waiting of this.#queue.splice(0)) waiting.start()
  }

  async request(request: HomeRequest): Promise<HomeResponse> {
    const signal = request.signal
      ? AbortSignal.any([request.signal, this.#closed.signal])
      : this.#closed.signal
    const priority = request.priority ?? 'api'
    await this.#place(priority, signal)
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      this.#release(priority)
    }
    try {
      return await this.#send(request, signal, release)
    } catch (error) {
      release()
      signal.throwIfAborted()
      throw error
    }
  }

  async #send(request: HomeRequest, signal: AbortSignal, release: () => void): Promise<HomeResponse> {
    const kept = this.#takeIdle()
    if (kept) {
      try {
        return await this.#exchange(kept, request, signal, release)
      } catch (error) {
        // The other end may have closed a kept stream before it saw the request: all requests are safe to repeat.
        if (signal.aborted || !(error instanceof TransportError) || error.kind !== 'lost') throw error
      }
    }
    const stream = new Exchanger(await this.#open(signal), () => (this.#heardAtMs = performance.now()))
    return this.#exchange(stream, request, signal, release)
  }

  #exchange(stream: Exchanger, request: HomeRequest, signal: AbortSignal, release: () => void): Promise<HomeResponse> {
    return stream.exchange(request, this.#host, signal, (reusable) => {
      release()
      if (reusable && !this.#closed.signal.aborted) this.#keep(stream)
      else stream.finish()
    })
  }

  #takeIdle(): Exchanger | undefined {
    for (let entry = this.#idle.pop(); entry; entry = this.#idle.pop()) {
      if (!entry.stream.broken && performance.now() - entry.sinceMs < IDLE_LIFE_MS) return entry.stream
      entry.stream.finish()
    }
    return undefined
  }

  #keep(stream: Exchanger): void {
    this.#idle.push({ stream, sinceMs: performance.now() })
    if (this.#idle.length > IDLE_MAX) this.#idle.shift()?.stream.finish()
  }

  /** Waits for a place. A long poll has its own, since it mostly waits. */
  #place(priority: Priority, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (this.#free(priority)) {
        this.#take(priority)
        return resolve()
      }
      const abort = (): void => {
        const at = this.#queue.indexOf(waiting)
        if (at >= 0) this.#queue.splice(at, 1)
        reject(signal.reason)
      }
      const waiting: Waiting = {
        priority,
        start: () => {
          signal.removeEventListener('abort', abort)
          if (signal.aborted) return reject(signal.reason)
          this.#take(priority)
          resolve()
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#queue.push(waiting)
    })
  }

  #free(priority: Priority): boolean {
    if (priority === 'poll') return true
    return this.#busy < STREAMS_MAX && (priority !== 'cover' || this.#covers < COVERS_MAX)
  }

  #take(priority: Priority): void {
    if (priority === 'poll') return
    if (this.#busy++ === 0) this.#askedAtMs = performance.now()
    if (priority === 'cover') this.#covers++
  }

  #release(priority: Priority): void {
    if (priority === 'poll') return
    this.#busy--
    if (priority === 'cover') this.#covers--
    for (const next of ORDER) {
      const at = this.#queue.findIndex((waiting) => waiting.priority === next)
      if (at < 0 || !this.#free(next)) continue
      const [waiting] = this.#queue.splice(at, 1)
      waiting?.start()
      return
    }
  }
}

/** One stream and the exchange that runs on it. */
class Exchanger {
  readonly #stream: ByteStream
  #current: Exchange | null = null
  broken = false

  constructor(stream: ByteStream, heard: () => void) {
    this.#stream = stream
    stream.listen({
      data: (bytes) => {
        heard()
        if (this.#current) this.#current.data(bytes)
        else this.abort() // Nobody asked.
      },
      end: () => {
        this.broken = true
        this.#current?.ended()
      },
      lost: () => {
        this.broken = true
        this.#current?.lost()
      },
    })
  }

  exchange(
    request: HomeRequest,
    host: string,
    signal: AbortSignal,
    done: (reusable: boolean) => void,
  ): Promise<HomeResponse> {
    const method = request.method ?? 'GET'
    const headers = { ...request.headers, ...(request.grant ? { authorization: `Bearer ${request.grant}` } : {}) }
    const bytes = encodeRequest(method, request.path, host, headers)
    const exchange = new Exchange(method, signal, request.headTimeoutMs ?? HEAD_TIMEOUT_MS, (reusable) => {
      this.#current = null
      if (!reusable) this.abort()
      done(reusable && !this.broken)
    })
    this.#current = exchange
    try {
      this.#stream.send(bytes)
    } catch {
      this.broken = true
      exchange.lost()
    }
    return exchange.head
  }

  finish(): void {
    if (this.broken) return
    this.broken = true
    this.#stream.closeWrite()
  }

  abort(): void {
    if (this.broken) return
    this.broken = true
    this.#stream.abort()
  }
}

const LOST = 'The connection to the home was lost.'
const LATE = 'The home took too long to answer.'

/** One request and its answer. */
class Exchange {
  readonly head: Promise<HomeResponse>
  readonly #reader: AnswerReader
  readonly #chunks: Uint8Array[] = []
  readonly #signal: AbortSignal
  readonly #finished: (reusable: boolean) => void
  readonly #abort = (): void => this.#fail(this.#signal.reason)
  #resolveHead!: (response: HomeResponse) => void
  #rejectHead!: (error: unknown) => void
  #headSeen = false
  #over = false
  #error: unknown = null
  #wanted: { resolve: (bytes: Uint8Array | null) => void; reject: (error: unknown) => void } | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(method: 'GET' | 'HEAD', signal: AbortSignal, headTimeoutMs: number, finished: (reusable: boolean) => void) {
    this.#reader = new AnswerReader(method)
    this.#signal = signal
    this.#finished = finished
    this.head = new Promise((resolve, reject) => {
      this.#resolveHead = resolve
      this.#rejectHead = reject
    })
    signal.addEventListener('abort', this.#abort, { once: true })
    this.#wait(headTimeoutMs)
  }

  data(bytes: Uint8Array): void {
    if (this.#over) return
    try {
      const events = this.#reader.push(bytes)
      if (this.#headSeen) this.#wait(BODY_TIMEOUT_MS)
      for (const event of events) this.#take(event)
    } catch (error) {
      this.#fail(error instanceof MalformedAnswer ? new TransportError('malformed', error.message) : error)
    }
  }

  /** The other end has ended its half. */
  ended(): void {
    if (this.#over) return
    try {
      for (const event of this.#reader.finish()) this.#take(event)
    } catch {
      this.lost()
    }
  }

  lost(): void {
    this.#fail(new TransportError('lost', LOST))
  }

  #take(event: AnswerEvent): void {
    if (event.kind === 'head') this.#takeHead(event.head)
    else if (event.kind === 'end') this.#end(event.reusable, null)
    else if (this.#wanted) {
      this.#wanted.resolve(event.bytes)
      this.#wanted = null
    } else this.#chunks.push(event.bytes)
  }

  #takeHead(head: Head): void {
    this.#headSeen = true
    this.#wait(BODY_TIMEOUT_MS)
    const body: Body = { read: () => this.#read(), cancel: () => this.#fail(new DOMException('cancelled', 'AbortError')) }
    this.#resolveHead({ status: head.status, headers: head.headers, body })
  }

  #read(): Promise<Uint8Array | null> {
    if (this.#chunks.length > 0) return Promise.resolve(this.#gather())
    if (this.#error !== null) return Promise.reject(this.#error)
    if (this.#over) return Promise.resolve(null)
    return new Promise((resolve, reject) => (this.#wanted = { resolve, reject }))
  }

  /** What has come so far, at most {@link READ_BYTES} of it: yamux cuts small, and each hand-over to the worker costs. */
  #gather(): Uint8Array {
    let [count, length] = [0, 0]
    for (const chunk of this.#chunks) {
      if (count > 0 && length + chunk.length > READ_BYTES) break
      length += chunk.length
      count++
    }
    const [first, ...rest] = this.#chunks.splice(0, count)
    return rest.length === 0 ? (first as Uint8Array) : concat([first as Uint8Array, ...rest])
  }

  #fail(error: unknown): void {
    if (!this.#over) this.#end(false, error)
  }

  #end(reusable: boolean, error: unknown): void {
    this.#over = true
    this.#error = error
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#abort)
    if (error !== null) {
      this.#chunks.length = 0
      this.#rejectHead(error)
      this.#wanted?.reject(error)
    } else this.#wanted?.resolve(null)
    this.#wanted = null
    this.#finished(reusable)
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fail(new TransportError('late', LATE)), ms)
  }
}
