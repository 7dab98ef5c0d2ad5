import { multiaddrConnectionPair } from '@libp2p/utils'
import type { StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { describe, expect, it } from 'vitest'
import { mayWait, yamuxOfHalfWindows } from './window'

const WINDOW = 256 * 1024
const FRAME = 16 * 1024

describe('an update of the window', () => {
  it('waits while more than half of the window is left', () => {
    expect(mayWait({ state: 3, recvWindow: WINDOW, recvWindowCapacity: WINDOW - FRAME })).toBe(true)
    expect(mayWait({ state: 3, recvWindow: WINDOW, recvWindowCapacity: WINDOW / 2 })).toBe(false)
  })

  it('never waits where it opens or accepts a stream', () => {
    for (const state of [0, 2]) expect(mayWait({ state, recvWindow: WINDOW, recvWindowCapacity: WINDOW })).toBe(false)
  })
})

/** Reads four windows in small frames; counts what the reader sends meanwhile. */
async function messagesOfReader(make: () => () => StreamMuxerFactory): Promise<{ read: number; sent: number }> {
  const [near, far] = multiaddrConnectionPair()
  let sent = 0
  far.addEventListener('message', () => void sent++)
  const reader = make()().createStreamMuxer(near)
  const writer = (yamux()() as StreamMuxerFactory).createStreamMuxer(far)
  const served = new Promise<void>((resolve) => {
    writer.addEventListener('stream', ({ detail: stream }) => {
      for (let n = 0; n < (4 * WINDOW) / FRAME; n++) stream.send(new Uint8Array(FRAME))
      resolve()
    })
  })
  const stream = await reader.createStream()
  let read = 0
  const whole = new Promise<void>((resolve) => {
    stream.addEventListener('message', ({ data }) => {
      read += data.byteLength
      if (read === 4 * WINDOW) resolve()
    })
  })
  await Promise.all([served, whole])
  reader.abort(new Error('done'))
  writer.abort(new Error('done'))
  return { read, sent }
}

describe('a stream', () => {
  it('is read past its first window, with far fewer messages back than the library sends', async () => {
    const [stock, ours] = [await messagesOfReader(() => yamux() as () => StreamMuxerFactory), await messagesOfReader(yamuxOfHalfWindows)]
    expect(ours.read).toBe(4 * WINDOW)
    expect(ours.sent).toBeGreaterThan(0)
    expect(ours.sent * 3).toBeLessThan(stock.sent)
  })
})
