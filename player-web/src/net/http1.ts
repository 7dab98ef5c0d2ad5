/**
 * HTTP/1.1 (RFC 9112) as a client needs it over a libp2p stream: requests without a body, and a reader of answers.
 * What it reads comes from a home and is hostile until read: every part has a limit, and whatever is odd is refused.
 */

/** Bytes of status line and header fields; hyper sends well below 1 KiB. */
export const HEAD_BYTES_MAX = 16 * 1024
/** Header fields of one answer. */
export const FIELDS_MAX = 64
/** Interim answers (1xx) before the real one. */
const INTERIM_MAX = 4
/** Length of a chunk-size line with its extensions. */
const CHUNK_LINE_BYTES_MAX = 256
/** Bytes of the trailer section. */
const TRAILER_BYTES_MAX = 4 * 1024

/** The bytes are no answer that this client accepts. */
export class MalformedAnswer extends Error {
  constructor(what: string) {
    super(`The home's answer cannot be read: ${what}`)
    this.name = 'MalformedAnswer'
  }
}

export interface Head {
  status: number
  /** Names in lower case; repeated fields joined by `, `. */
  headers: ReadonlyMap<string, string>
}

export type AnswerEvent =
  | { kind: 'head'; head: Head }
  | { kind: 'data'; bytes: Uint8Array }
  /** `reusable`: the stream may carry another request. */
  | { kind: 'end'; reusable: boolean }

const encoder = new TextEncoder()
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// eslint-disable-next-line no-control-regex
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const PATH = /^\/[\x21-\x7e]*$/

/**
 * The bytes of a request. Throws a `TypeError` when path or headers would break the framing: that is a bug of the
 * caller, never something to send.
 */
export function encodeRequest(
  method: 'GET' | 'HEAD',
  path: string,
  host: string,
  headers: Readonly<Record<string, string>>,
): Uint8Array {
  if (!PATH.test(path)) throw new TypeError('not a request path')
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`]
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) throw new TypeError('not a header field')
    lines.push(`${name}: ${value}`)
  }
  return encoder.encode(lines.join('\r\n') + '\r\n\r\n')
}

type Phase =
  | { at: 'head' }
  | { at: 'body'; left: number }
  | { at: 'untilClose' }
  | { at: 'chunkSize' }
  | { at: 'chunkData'; left: number }
  | { at: 'chunkEnd' }
  | { at: 'trailer'; seen: number }
  | { at: 'done' }

/** Reads one answer. Push bytes in, take events out; throws {@link MalformedAnswer}. */
export class AnswerReader {
  readonly #method: 'GET' | 'HEAD'
  #phase: Phase = { at: 'head' }
  /** Bytes of an unfinished line or head. */
  #rest: Uint8Array = new Uint8Array(0)
  #interim = 0
  #keepAlive = true

  constructor(method: 'GET' | 'HEAD') {
    this.#method = method
  }

  get done(): boolean {
    return this.#phase.at === 'done'
  }

  push(bytes: Uint8Array): AnswerEvent[] {
    const events: AnswerEvent[] = []
    let input = bytes
    if (this.#rest.length > 0) {
      input = concat([this.#rest, bytes])
      this.#rest = new Uint8Array(0)
    }
    for (let before = -1; input.length > 0 && input.length !== before; ) {
      before = input.length
      input = this.#step(input, events)
    }
    this.#rest = input.slice()
    return events
  }

  /** The stream has ended: fine only where the body's end is the stream's. */
  finish(): AnswerEvent[] {
    if (this.#phase.at === 'done') return []
    if (this.#phase.at !== 'untilClose') throw new MalformedAnswer('it ended in the middle')
    this.#phase = { at: 'done' }
    return [{ kind: 'end', reusable: false }]
  }

  /** Takes what it can from `input`, answers what is left. */
  #step(input: Uint8Array, events: AnswerEvent[]): Uint8Array {
    const phase = this.#phase
    switch (phase.at) {
      case 'head':
        return this.#readHead(input, events)
      case 'body':
        return this.#readData(input, phase.left, events, (left) => {
          if (left === 0) this.#end(events)
          else this.#phase = { at: 'body', left }
        })
      case 'chunkData':
        return this.#readData(input, phase.left, events, (left) => {
          this.#phase = left === 0 ? { at: 'chunkEnd' } : { at: 'chunkData', left }
        })
      case 'untilClose':
        events.push({ kind: 'data', bytes: input })
        return input.subarray(input.length)
      case 'chunkSize':
      case 'chunkEnd':
      case 'trailer':
        return this.#readLine(input, events)
      case 'done':
        throw new MalformedAnswer('bytes follow its end')
    }
  }

  #readHead(input: Uint8Array, events: AnswerEvent[]): Uint8Array {
    const end = findHeadEnd(input)
    if (end < 0 || end > HEAD_BYTES_MAX) {
      if (end > HEAD_BYTES_MAX || input.length > HEAD_BYTES_MAX) throw new MalformedAnswer('its head is too long')
      return input
    }
    const head = parseHead(latin1(input.subarray(0, end - 4)))
    const rest = input.subarray(end)
    if (head.status < 200) {
      // 101 would change the protocol, which nobody asked for.
      if (head.status === 101 || ++this.#interim > INTERIM_MAX) throw new MalformedAnswer('unasked interim answers')
      return rest
    }
    this.#keepAlive = !/\bclose\b/i.test(head.headers.get('connection') ?? '')
    events.push({ kind: 'head', head })
    this.#startBody(head, events)
    return rest
  }

  #startBody(head: Head, events: AnswerEvent[]): void {
    const length = contentLength(head.headers)
    const coding = head.headers.get('transfer-encoding')
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new MalformedAnswer('an unknown coding')
    if (coding !== undefined && length !== null) throw new MalformedAnswer('two lengths')
    if (this.#method === 'HEAD' || head.status === 204 || head.status === 304 || length === 0) this.#end(events)
    else if (coding !== undefined) this.#phase = { at: 'chunkSize' }
    else if (length !== null) this.#phase = { at: 'body', left: length }
    else this.#phase = { at: 'untilClose' }
  }

  #readData(input: Uint8Array, left: number, events: AnswerEvent[], then: (left: number) => void): Uint8Array {
    const bytes = input.subarray(0, Math.min(left, input.length))
    events.push({ kind: 'data', bytes })
    then(left - bytes.length)
    return input.subarray(bytes.length)
  }

  #readLine(input: Uint8Array, events: AnswerEvent[]): Uint8Array {
    const end = input.indexOf(0x0a)
    if (end < 0) {
      if (input.length > CHUNK_LINE_BYTES_MAX) throw new MalformedAnswer('a line is too long')
      return input
    }
    if (end > CHUNK_LINE_BYTES_MAX || input[end - 1] !== 0x0d) throw new MalformedAnswer('a broken line')
    this.#takeLine(latin1(input.subarray(0, end - 1)), events)
    return input.subarray(end + 1)
  }

  #takeLine(line: string, events: AnswerEvent[]): void {
    const phase = this.#phase
    if (phase.at === 'chunkEnd') {
      if (line !== '') throw new MalformedAnswer('a chunk is longer than it says')
      this.#phase = { at: 'chunkSize' }
    } else if (phase.at === 'chunkSize') {
      const left = chunkSize(line)
      this.#phase = left === 0 ? { at: 'trailer', seen: 0 } : { at: 'chunkData', left }
    } else if (phase.at === 'trailer') {
      const seen = phase.seen + line.length + 2
      if (seen > TRAILER_BYTES_MAX) throw new MalformedAnswer('its trailer is too long')
      if (line === '') this.#end(events)
      else this.#phase = { at: 'trailer', seen }
    }
  }

  #end(events: AnswerEvent[]): void {
    this.#phase = { at: 'done' }
    events.push({ kind: 'end', reusable: this.#keepAlive })
  }
}

/** Place after the blank line, or -1. */
function findHeadEnd(bytes: Uint8Array): number {
  for (let i = bytes.indexOf(0x0d); i >= 0 && i + 3 < bytes.length; i = bytes.indexOf(0x0d, i + 1)) {
    if (bytes[i + 1] === 0x0a && bytes[i + 2] === 0x0d && bytes[i + 3] === 0x0a) return i + 4
  }
  return -1
}

function parseHead(text: string): Head {
  const [statusLine = '', ...fields] = text.split('\r\n')
  const status = /^HTTP\/1\.[01] ([1-9]\d\d)(?: .*)?$/.exec(statusLine)
  if (!status) throw new MalformedAnswer('no status line')
  if (fields.length > FIELDS_MAX) throw new MalformedAnswer('too many header fields')
  const headers = new Map<string, string>()
  for (const field of fields) {
    const colon = field.indexOf(':')
    const name = field.slice(0, Math.max(colon, 0)).toLowerCase()
    const value = field.slice(colon + 1).trim()
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) throw new MalformedAnswer('a broken header field')
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(status[1]), headers }
}

/** `null` when there is none. Repeated equal values are one value (RFC 9112 §6.3). */
function contentLength(headers: ReadonlyMap<string, string>): number | null {
  const field = headers.get('content-length')
  if (field === undefined) return null
  const values = new Set(field.split(',').map((value) => value.trim()))
  const [value = ''] = values
  if (values.size !== 1 || !/^\d{1,15}$/.test(value)) throw new MalformedAnswer('a broken length')
  return Number(value)
}

function chunkSize(line: string): number {
  const size = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;.*)?$/.exec(line)
  if (!size) throw new MalformedAnswer('a broken chunk')
  return parseInt(size[1] as string, 16)
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096))
  return text
}

/** One array of several. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
