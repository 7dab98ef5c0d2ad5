/**
 * The libp2p node of this tab. Loaded lazily: this is the largest part of the player's script and nothing needs it to
 * paint. A fresh Ed25519 key per tab, in memory only: two tabs with one PeerId would close each other's connections,
 * and a stored key is loot.
 */

import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import type { webRTC } from '@libp2p/webrtc'
import { peerIdFromString } from '@libp2p/peer-id'
import { webSockets } from '@libp2p/websockets'
import { yamuxOfHalfWindows } from './window'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import type { ByteStream } from './http-pool'
import type { PeerIdText } from './portal-types'
import { decodeAnswerFrame, encodeRequestFrame, FRAME_BYTES_MAX, RELAY_AUTH_PROTOCOL, type Answer } from './relay-auth'
import { concat } from './http1'

// libp2p needs it; browsers have it since 2023 (Chrome 119, Firefox 121, Safari 17.4).
Promise.withResolvers ??= function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T | PromiseLike<T>) => void
  let reject!: (reason?: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

const HTTP_PROTOCOL = '/http/1.1'
/** Admissions are checked offline by the relay: one round trip and room. */
const ADMISSION_TIMEOUT_MS = 10_000

/** libp2p's parts, to which a transport can be added while it runs. */
type Libp2pParts = Parameters<ReturnType<typeof webRTC>>[0]

/** A connection to a home or relay. */
export interface Wire {
  readonly open: boolean
  /** Calls once, when the connection has ended. */
  onClose(run: () => void): void
  abort(): void
}

export class Node {
  readonly #libp2p: Libp2p
  /** What the portal named: the only addresses that are ever dialled. */
  readonly #allowed: Set<string>
  #webRtc: Promise<void> | null = null
  #stun: string[] = []

  private constructor(libp2p: Libp2p, allowed: Set<string>) {
    this.#libp2p = libp2p
    this.#allowed = allowed
  }

  static async start(): Promise<Node> {
    const allowed = new Set<string>()
    const libp2p = await createLibp2p({
      privateKey: await generateKeyPair('Ed25519'),
      addresses: { listen: [] },
      transports: [webSockets(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamuxOfHalfWindows()],
      connectionGater: {
        denyDialMultiaddr: (addr) => !allowed.has(addr.toString()),
        denyInboundConnection: () => true,
        denyInboundRelayedConnection: () => true,
      },
      // Liveness and reconnecting are the link's business: it asks the home itself, and knows when a line is only busy.
      connectionMonitor: { enabled: false },
      connectionManager: { reconnectRetries: 0 },
      // Answers the other end's question; asks none itself, which would only cost a round trip.
      services: { identify: identify({ runOnLimitedConnection: true, runOnConnectionOpen: false }) },
    })
    return new Node(libp2p, allowed)
  }

  get peerId(): PeerIdText {
    return this.#libp2p.peerId.toString()
  }

  /** Connects to a relay that the portal named; joins a connection that stands. */
  async relay(addr: string, signal: AbortSignal): Promise<RelayWire> {
    const target = multiaddr(addr)
    this.#allowed.add(target.toString())
    return new RelayWire(await this.#dial(target, signal))
  }

  /** Connects to a home through that relay. */
  async home(relayAddr: string, home: PeerIdText, signal: AbortSignal): Promise<HomeWire> {
    const target = multiaddr(relayAddr).encapsulate(`/p2p-circuit/p2p/${home}`)
    this.#allowed.add(target.toString())
    const connection = await this.#dial(target, signal)
    if (connection.remotePeer.toString() !== home) throw new Error('another peer answered')
    return new HomeWire(connection)
  }

  /**
   * A connection of its own to a home that is connected through that relay, which arranges it. The transport is loaded
   * when it is first needed: nothing waits for it to play.
   */
  async direct(relayAddr: string, home: PeerIdText, stun: string[], signal: AbortSignal): Promise<HomeWire> {
    this.#stun = stun
    this.#webRtc ??= this.#addWebRtc()
    await this.#webRtc
    const target = multiaddr(relayAddr).encapsulate(`/p2p-circuit/webrtc/p2p/${home}`)
    this.#allowed.add(target.toString())
    const connection = await this.#libp2p.dial(target, { signal, force: true })
    return new HomeWire(connection)
  }

  async #addWebRtc(): Promise<void> {
    const { webRTC } = await import('@libp2p/webrtc')
    const { components } = this.#libp2p as unknown as { components: Libp2pParts }
    components.transportManager.add(webRTC({ rtcConfiguration: () => this.#rtc() })(components))
  }

  /** Whom the browser asks for its address; nobody but whom the portal named. */
  #rtc(): RTCConfiguration {
    return { iceServers: this.#stun.length > 0 ? [{ urls: this.#stun }] : [] }
  }

  /** libp2p would hand out a connection that is closing; that one is passed over. */
  async #dial(target: Multiaddr, signal: AbortSignal): Promise<Connection> {
    const peer = target.getComponents().findLast((part) => part.name === 'p2p')?.value
    const known = peer === undefined ? [] : this.#libp2p.getConnections(peerIdFromString(peer))
    const open = known.find((connection) => connection.status === 'open' && !isDirect(connection))
    // The circuit's dial takes the first one there is.
    for (const stale of known) if (stale.status !== 'open') stale.abort(new Error('stale'))
    return open ?? this.#libp2p.dial(target, { signal, force: true })
  }

  async stop(): Promise<void> {
    await this.#libp2p.stop()
  }
}

/** Whether a connection is one of {@link Node.direct}, which nothing else may take for the relay's. */
const isDirect = (connection: Connection): boolean => connection.remoteAddr.getComponents().some(({ name }) => name === 'webrtc')

class ConnectionWire implements Wire {
  protected readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  get open(): boolean {
    return this.connection.status === 'open'
  }

  onClose(run: () => void): void {
    if (!this.open) return run()
    this.connection.addEventListener('close', run, { once: true })
  }

  abort(): void {
    this.connection.abort(new Error('given up'))
  }
}

export class RelayWire extends ConnectionWire {
  /** Shows the admission. */
  async admit(token: string, signal: AbortSignal): Promise<Answer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ADMISSION_TIMEOUT_MS)])
    const stream = await this.connection.newStream(RELAY_AUTH_PROTOCOL, { signal: limit })
    try {
      const answer = readAnswer(stream, limit)
      stream.send(encodeRequestFrame(token))
      // The relay reads to our end; its answer may come before the close is through.
      stream.close({ signal: limit }).catch(() => undefined)
      return await answer
    } catch (error) {
      stream.abort(new Error('no answer'))
      throw error
    }
  }
}

export class HomeWire extends ConnectionWire {
  async stream(signal: AbortSignal): Promise<ByteStream> {
    const stream = await this.connection.newStream(HTTP_PROTOCOL, { runOnLimitedConnection: true, signal })
    return new Libp2pStream(stream)
  }
}

function readAnswer(stream: Stream, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received: Uint8Array = new Uint8Array(0)
    const fail = (): void => reject(signal.aborted ? signal.reason : new Error('the relay closed without an answer'))
    signal.addEventListener('abort', fail, { once: true })
    stream.addEventListener('close', fail)
    stream.addEventListener('message', (event) => {
      try {
        received = concat([received, event.data.subarray()])
        if (received.length > FRAME_BYTES_MAX + 2) throw new Error('the answer is too long')
        const answer = decodeAnswerFrame(received)
        if (answer) resolve(answer)
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** A libp2p stream as the pool needs it. */
class Libp2pStream implements ByteStream {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  send(bytes: Uint8Array): void {
    this.#stream.send(bytes)
  }

  closeWrite(): void {
    this.#stream.close().catch(() => this.abort())
  }

  abort(): void {
    this.#stream.abort(new Error('no longer wanted'))
  }

  listen(listener: { data(bytes: Uint8Array): void; end(): void; lost(): void }): void {
    this.#stream.addEventListener('message', (event) => {
      const { data } = event
      if (data instanceof Uint8Array) listener.data(data)
      else for (const part of data) listener.data(part)
    })
    this.#stream.addEventListener('remoteCloseWrite', () => listener.end())
    this.#stream.addEventListener('close', (event) => (event.error ? listener.lost() : listener.end()))
  }
}
