/** One answer, put together from what is asked of the home and zeros in the place of pictures. */

import { TransportError, type Body, type HomeResponse } from '../net/transport'
import { CHUNK_BYTES_MAX, type ByteRange } from '../worker/range'
import type { Hidden } from './picture-shelf'
import type { Pictures } from './pictures'

/** Zeros of one chunk: few messages to the worker, little memory. */
const ZEROS_BYTES_MAX = 256 * 1024

type Read = (range: ByteRange) => Promise<HomeResponse>

/** A piece that the home sends. */
interface Sent {
  last: number
  body: Body
}

/**
 * The answer to a range, as a home would give it that has no pictures in its files. About `bytesMax` are asked of the
 * home, the first of them before this resolves, the others as they are read. What the home answers otherwise than with
 * a part of that file is passed on.
 */
export async function answerInPieces(hidden: Hidden, asked: ByteRange, bytesMax: number, read: Read): Promise<HomeResponse> {
  const { pictures } = hidden
  const { first } = asked
  const range = { first, last: pictures.reach(first, Math.min(asked.last, first + CHUNK_BYTES_MAX - 1), bytesMax) }
  const piece = pictures.piece(first, range.last)
  let sent: Sent | null = null
  if (piece.kind === 'home') {
    const wanted = { first, last: piece.last }
    const response = await read(wanted)
    const last = hidden.takes(wanted, response)
    if (last === null) return response
    sent = { last, body: response.body }
  }
  return { status: 206, headers: hidden.head(range), body: new BodyOfPieces(hidden, range, sent, read) }
}

class BodyOfPieces implements Body {
  readonly #hidden: Hidden
  readonly #read: Read
  readonly #chunks: AsyncGenerator<Uint8Array, void>
  #current: Body | null
  #cancelled = false

  constructor(hidden: Hidden, range: ByteRange, sent: Sent | null, read: Read) {
    this.#hidden = hidden
    this.#read = read
    this.#current = sent?.body ?? null
    this.#chunks = this.#run(hidden.pictures, range, sent)
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#cancelled) return null
    const { value, done } = await this.#chunks.next()
    return done ? null : value
  }

  cancel(): void {
    this.#cancelled = true
    this.#current?.cancel()
  }

  async *#run(pictures: Pictures, range: ByteRange, first: Sent | null): AsyncGenerator<Uint8Array, void> {
    let at = range.first
    /** Behind `at`: the end of a piece that may be half a header. It goes on with what follows. */
    let held: Uint8Array = new Uint8Array(0)
    for (let sent = first; at + held.length <= range.last; sent = null) {
      const from = at + held.length
      const piece = pictures.piece(from, range.last)
      if (sent === null && piece.kind === 'zeros') {
        if (held.length > 0) yield pictures.rewritten(at, held)
        held = held.subarray(held.length)
        yield* zeros(piece.last - from + 1)
        at = piece.last + 1
        continue
      }
      const { last, body } = sent ?? (await this.#open({ first: from, last: piece.last }))
      for (let read = await body.read(); read !== null; read = await body.read()) {
        const bytes = held.length > 0 ? concat(held, read) : read
        if (at + bytes.length > last + 1) throw new TransportError('malformed', 'The home sent more than it announced.')
        const passed = pictures.pass(at, bytes)
        held = bytes.subarray(passed.length)
        at += passed.length
        if (passed.length > 0) yield passed
      }
      if (at + held.length <= last) throw new TransportError('lost', 'The home sent less than it announced.')
    }
    if (held.length > 0) yield pictures.rewritten(at, held)
  }

  /** Another piece of the same file; anything else ends the body, and the element asks again from there. */
  async #open(wanted: ByteRange): Promise<Sent> {
    const response = await this.#read(wanted)
    this.#current = response.body
    const last = this.#hidden.takes(wanted, response)
    if (last !== null && !this.#cancelled) return { last, body: response.body }
    response.body.cancel()
    throw new TransportError('lost', 'The home gave another answer than before.')
  }
}

function* zeros(length: number): Generator<Uint8Array, void> {
  for (let left = length; left > 0; left -= ZEROS_BYTES_MAX) yield new Uint8Array(Math.min(left, ZEROS_BYTES_MAX))
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
