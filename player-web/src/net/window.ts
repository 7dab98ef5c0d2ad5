/**
 * yamux with fewer window updates. The library answers every data frame with one, which costs the tab three small
 * encryptions and four WebSocket messages for each 16 KiB that come through a relay. Here an update goes out once half
 * of the window is used, as the yamux specification's other implementations do; the sender never waits for it.
 */

import { yamux } from '@libp2p/yamux'
import type { StreamMuxerFactory } from '@libp2p/interface'

/** What is touched of the library's streams. */
interface Windowed {
  /** Bytes of a whole window. */
  recvWindow: number
  /** Bytes that the other end may still send. */
  recvWindowCapacity: number
  state: number
  sendWindowUpdate(): void
}

interface Muxer {
  _newStream(...args: unknown[]): Windowed
}

/** Streams that wait for an answer to their opening, and open ones: their updates carry no flag, so they may wait. */
const FLAGLESS: readonly number[] = [1, 3]

/** The muxer's factory, for libp2p's `streamMuxers`. */
export function yamuxOfHalfWindows(): () => StreamMuxerFactory {
  const make = yamux()
  return () => {
    const factory = make() as StreamMuxerFactory
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      updateByHalves(muxer as unknown as Muxer)
      return muxer
    }
    return factory
  }
}

function updateByHalves(muxer: Muxer): void {
  const open = muxer._newStream.bind(muxer)
  muxer._newStream = (...args) => {
    const stream = open(...args)
    const update = stream.sendWindowUpdate.bind(stream)
    stream.sendWindowUpdate = () => {
      if (!mayWait(stream)) update()
    }
    return stream
  }
}

/** Whether an update may wait: it has nothing else to say, and more than half of the window is left. */
export function mayWait(stream: Pick<Windowed, 'recvWindow' | 'recvWindowCapacity' | 'state'>): boolean {
  return FLAGLESS.includes(stream.state) && stream.recvWindowCapacity * 2 > stream.recvWindow
}
