/** Files for tests, made byte by byte. */

/** Pictures are made of it, and nothing else is. */
export const PICTURE_BYTE = 0xaa
/** Sound is made of it: no header of any format. */
const SOUND_BYTE = 0x55
const SOUND_BYTES = 150_000

export function bytes(parts: readonly (Uint8Array | readonly number[] | number)[]): Uint8Array<ArrayBuffer> {
  const lists = parts.map((part) => (typeof part === 'number' ? [part] : part))
  const whole = new Uint8Array(lists.reduce((sum, list) => sum + list.length, 0))
  let at = 0
  for (const list of lists) {
    whole.set(list, at)
    at += list.length
  }
  return whole
}

/** The codes of `name`; with a `value`, the ID3 frame of that name. */
export function text(name: string, value: string): Uint8Array<ArrayBuffer> {
  const codes = [...name].map((char) => char.charCodeAt(0))
  if (value === '') return Uint8Array.from(codes)
  const own = [0, ...[...value].map((char) => char.charCodeAt(0))]
  return bytes(name.length === 3 ? [codes, 0, 0, own.length, own] : [codes, be(own.length, 4), 0, 0, own])
}

const be = (value: number, length: number): number[] =>
  Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256)
const syncsafe = (value: number): number[] => [21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f)
const picture = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(PICTURE_BYTE)
const sound = new Uint8Array(SOUND_BYTES).fill(SOUND_BYTE)

/** A picture frame whose content is `length` bytes long. */
export function apic(version: 2 | 3 | 4, length: number): Uint8Array<ArrayBuffer> {
  const own = bytes([0, text(version === 2 ? 'JPG' : 'image/jpeg', ''), version === 2 ? [3, 0] : [0, 3, 0], picture(length)]).slice(0, length)
  if (version === 2) return bytes([text('PIC', ''), be(length, 3), own])
  return bytes([text('APIC', ''), version === 3 ? be(length, 4) : syncsafe(length), 0, 0, own])
}

export function id3(version: number, frames: readonly Uint8Array[], flags = 0): Uint8Array<ArrayBuffer> {
  const own = bytes([...frames, new Uint8Array(100)])
  return bytes([text('ID3', ''), version, 0, flags, syncsafe(own.length), own])
}

export function mp3(tag: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes([tag, 0xff, 0xfb, 0x90, 0, sound])
}

/** Blocks by type and length; the last one is marked. */
export function flac(blocks: readonly [number, number][]): Uint8Array<ArrayBuffer> {
  const own = blocks.map(([kind, length], i) =>
    bytes([kind | (i === blocks.length - 1 ? 0x80 : 0), be(length, 3), kind === 6 ? picture(length) : new Uint8Array(length)]))
  return bytes([text('fLaC', ''), ...own, 0xff, 0xf8, sound])
}

export function box(kind: string, content: readonly (Uint8Array | readonly number[])[], size?: number): Uint8Array<ArrayBuffer> {
  const own = bytes(content)
  return bytes([be(size ?? own.length + 8, 4), text(kind, ''), own])
}

interface M4a {
  coverBytes: number
  moovFirst: boolean
  quickTime?: boolean
  /** `mdat` has a size of 64 bits. */
  large?: boolean
  /** What the cover's box says its size is. */
  coverSize?: number
}

export function m4a({ coverBytes, moovFirst, quickTime, large, coverSize }: M4a): Uint8Array<ArrayBuffer> {
  const covr = box('covr', [be(coverBytes + 16, 4), text('data', ''), be(13, 4), be(0, 4), picture(coverBytes)], coverSize)
  const ilst = box('ilst', [box('\xa9nam', [new Uint8Array(40)]), covr, box('\xa9alb', [new Uint8Array(20)])])
  const hdlr = box('hdlr', [new Uint8Array(25)])
  const meta = box('meta', quickTime ? [hdlr, ilst] : [be(0, 4), hdlr, ilst])
  const moov = box('moov', [box('mvhd', [new Uint8Array(100)]), box('trak', [new Uint8Array(30_000)]), box('udta', [meta])])
  const mdat = large ? bytes([be(1, 4), text('mdat', ''), be(SOUND_BYTES + 16, 8), sound]) : box('mdat', [sound])
  const ftyp = box('ftyp', [text('M4A ', ''), be(0, 4)])
  return moovFirst ? bytes([ftyp, moov, mdat]) : bytes([ftyp, box('free', []), mdat, moov])
}

/** With a tag of odd length behind the sound. */
export function wav(tag: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = (kind: string, own: Uint8Array): Uint8Array =>
    bytes([text(kind, ''), be(own.length, 4).reverse(), own, new Uint8Array(own.length % 2)])
  const chunks = bytes([text('WAVE', ''), chunk('fmt ', new Uint8Array(16)), chunk('LIST', new Uint8Array(33)), chunk('data', sound), chunk('id3 ', tag)])
  return bytes([text('RIFF', ''), be(chunks.length, 4).reverse(), chunks])
}

/** Where the next picture's bytes begin. */
export const pictureAt = (file: Uint8Array, from = 0): number => find(file, picture(64), from)

/** Where those bytes stand, from there on. */
export function find(file: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = file.indexOf(wanted[0] ?? 0, from); at >= 0; at = file.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, i) => file[at + i] === byte)) return at
  }
  throw new Error('not there')
}
