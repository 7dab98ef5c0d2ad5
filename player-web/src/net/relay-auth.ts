/** `/iroam/relay-auth/1`: shows a relay the admission, as `protocol/src/relay_auth.rs` defines it. */

export const RELAY_AUTH_PROTOCOL = '/iroam/relay-auth/1'
/** The longest frame, in bytes. */
export const FRAME_BYTES_MAX = 16 * 1024
/** The longest reason of a refusal, in bytes. */
export const REASON_BYTES_MAX = 512

export type Answer = { kind: 'admitted'; untilS: number } | { kind: 'refused'; reason: string }

/** The bytes are no frame or answer. */
export class BadFrame extends Error {
  constructor() {
    super('not an answer of /iroam/relay-auth/1')
    this.name = 'BadFrame'
  }
}

/** A length (16 bits, big endian) and the token's bytes. */
export function encodeRequestFrame(token: string): Uint8Array {
  const payload = new TextEncoder().encode(token)
  if (payload.length > FRAME_BYTES_MAX) throw new BadFrame()
  const frame = new Uint8Array(2 + payload.length)
  new DataView(frame.buffer).setUint16(0, payload.length)
  frame.set(payload, 2)
  return frame
}

/** `null` until the frame is complete. */
export function decodeAnswerFrame(bytes: Uint8Array): Answer | null {
  if (bytes.length < 2) return null
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0)
  if (length > FRAME_BYTES_MAX || bytes.length > 2 + length) throw new BadFrame()
  return bytes.length < 2 + length ? null : decodeAnswer(bytes.subarray(2))
}

/** A status byte (0 admitted, 1 refused), then the end of the admission (64 bits, big endian) or the reason. */
export function decodeAnswer(payload: Uint8Array): Answer {
  const rest = payload.subarray(1)
  if (payload[0] === 0 && rest.length === 8) {
    const untilS = new DataView(rest.buffer, rest.byteOffset).getBigUint64(0)
    return { kind: 'admitted', untilS: Number(untilS) }
  }
  if (payload[0] === 1 && rest.length <= REASON_BYTES_MAX) {
    try {
      return { kind: 'refused', reason: new TextDecoder('utf-8', { fatal: true }).decode(rest) }
    } catch {
      throw new BadFrame()
    }
  }
  throw new BadFrame()
}
