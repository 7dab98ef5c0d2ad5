import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PICTURE_BYTES_MIN, Pictures } from './pictures'
import * as made from './pictures/test-files'

const SIZE = 200_000
const { apic, box, bytes, id3, text } = made

/** A file with a picture: what it is made of, and where the picture's bytes and the renamed header lie. */
interface Sample {
  file: Uint8Array
  pictures: number
  /** What stands in the picture's header instead. */
  renamed: { from: string; to: string } | null
}

const sample = (file: Uint8Array, from: string, to: string, pictures = 1): Sample => ({ file, pictures, renamed: { from, to } })
const SAMPLES: Record<string, Sample> = {
  'mp3, ID3v2.2': sample(made.mp3(id3(2, [text('TT2', 'Title'), apic(2, SIZE)])), 'PIC', 'XIC'),
  'mp3, ID3v2.3': sample(made.mp3(id3(3, [text('TIT2', 'Title'), apic(3, SIZE), text('TALB', 'Album')])), 'APIC', 'XPIC'),
  'mp3, ID3v2.4': sample(made.mp3(id3(4, [text('TIT2', 'Title'), apic(4, SIZE)])), 'APIC', 'XPIC'),
  'mp3, ID3v2.4 with a size that is not syncsafe': sample(
    made.mp3(id3(4, [apic(3, 0x1_8080), text('TALB', 'Album')])), 'APIC', 'XPIC',
  ),
  'mp3, ID3v2.3 with an extended header': sample(
    made.mp3(id3(3, [bytes([0, 0, 0, 6, 0, 0, 0, 0, 0, 0]), apic(3, SIZE)], 0x40)), 'APIC', 'XPIC',
  ),
  'mp3, ID3v2.4 with an extended header': sample(
    made.mp3(id3(4, [bytes([0, 0, 0, 6, 1, 0]), apic(4, SIZE)], 0x40)), 'APIC', 'XPIC',
  ),
  'mp3, ID3v2.4 with a footer, and a second tag': sample(
    made.mp3(bytes([id3(4, [apic(4, SIZE)], 0x10), text('3DI4567890', ''), id3(3, [apic(3, SIZE)])])), 'APIC', 'XPIC', 2,
  ),
  'mp3 with two pictures': sample(made.mp3(id3(3, [apic(3, SIZE), apic(3, SIZE), text('TALB', 'x')])), 'APIC', 'XPIC', 2),
  flac: sample(made.flac([[0, 34], [4, 100], [6, SIZE], [1, 8192]]), '\x06', '\x01'),
  'flac whose picture is the last block': sample(made.flac([[0, 34], [6, SIZE]]), '\x86', '\x81'),
  'flac behind an ID3 tag': sample(
    bytes([id3(3, [text('TIT2', 'Title')]), made.flac([[0, 34], [6, SIZE]])]), '\x86', '\x81',
  ),
  'm4a, moov first': sample(made.m4a({ coverBytes: SIZE, moovFirst: true }), 'covr', 'free'),
  'm4a, moov last': sample(made.m4a({ coverBytes: SIZE, moovFirst: false }), 'covr', 'free'),
  'm4a, moov last behind a box of 64 bits': sample(made.m4a({ coverBytes: SIZE, moovFirst: false, large: true }), 'covr', 'free'),
  'QuickTime, whose meta has no version': sample(made.m4a({ coverBytes: SIZE, moovFirst: true, quickTime: true }), 'covr', 'free'),
  'wav with a tag behind the sound': sample(made.wav(id3(3, [text('TIT2', 'x'), apic(3, SIZE)])), 'APIC', 'XPIC'),
}

/** Left as they are. */
const PLAIN: Record<string, Uint8Array> = {
  'an unsynchronised tag': made.mp3(id3(3, [apic(3, SIZE)], 0x80)),
  'a compressed tag of v2.2': made.mp3(id3(2, [apic(2, SIZE)], 0x40)),
  'a tag of an unknown version': made.mp3(id3(5, [apic(4, SIZE)])),
  'a small picture': made.mp3(id3(3, [apic(3, PICTURE_BYTES_MIN - 1)])),
  'a frame longer than its tag': made.mp3(id3(3, [apic(3, SIZE).subarray(0, 1_000)])),
  'a frame of no length, then padding': made.mp3(id3(3, [apic(3, 0), new Uint8Array(SIZE)])),
  'an extended header longer than its tag': made.mp3(id3(3, [bytes([0xff, 0xff, 0xff, 0xff]), apic(3, SIZE)], 0x40)),
  'a tag whose length is not syncsafe': bytes([text('ID3', ''), [3, 0, 0, 0, 0xff, 0, 0], apic(3, SIZE)]),
  'flac that ends in its picture': made.flac([[0, 34], [6, SIZE]]).subarray(0, SIZE),
  'a cover longer than its list': made.m4a({ coverBytes: SIZE, moovFirst: true, coverSize: 0xffff_ffff }),
  'a cover shorter than its header': made.m4a({ coverBytes: SIZE, moovFirst: true, coverSize: 7 }),
  'a box of 2^63 bytes': bytes([box('ftyp', [new Uint8Array(8)]), [0, 0, 0, 1], text('moov', ''), [0x7f, 0, 0, 0, 0, 0, 0, 0], new Uint8Array(SIZE)]),
  'ogg': bytes([text('OggS', ''), new Uint8Array(SIZE)]),
  nothing: new Uint8Array(0),
  'three bytes': text('ID3', ''),
}

/** Reads as an element does: one answer after another, in chunks of these lengths; what it sees, and what the home sent. */
function readThrough(file: Uint8Array, answerBytes = 150_000, chunks = [16_384], pictures = new Pictures(file.length)) {
  const seen = new Uint8Array(file.length)
  let [homeBytes, answers, n] = [0, 0, 0]
  for (let first = 0; first < file.length; answers++) {
    const last = pictures.reach(first, Math.min(first + 1024 * 1024, file.length) - 1, answerBytes)
    expect(last).toBeGreaterThanOrEqual(first)
    let [at, held] = [first, new Uint8Array(0)]
    while (at + held.length <= last) {
      const piece = pictures.piece(at + held.length, last)
      expect(piece.last).toBeGreaterThanOrEqual(at + held.length)
      expect(piece.last).toBeLessThanOrEqual(last)
      if (piece.kind === 'zeros') {
        seen.set(pictures.rewritten(at, held), at)
        ;[at, held] = [piece.last + 1, new Uint8Array(0)]
        continue
      }
      while (at + held.length <= piece.last) {
        const from = at + held.length
        const chunk = file.subarray(from, Math.min(from + (chunks[n++ % chunks.length] as number), piece.last + 1))
        homeBytes += chunk.length
        const whole = bytes([held, chunk])
        const passed = pictures.pass(at, whole)
        seen.set(passed, at)
        at += passed.length
        held = whole.slice(passed.length)
        if (held.length >= 12) throw new Error(`${held.length} bytes are held back`)
      }
    }
    seen.set(pictures.rewritten(at, held), at)
    first = last + 1
  }
  return { seen, homeBytes, answers, pictures }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

describe.each(Object.entries(SAMPLES))('%s', (_, { file, pictures, renamed }) => {
  const own = made.PICTURE_BYTE

  test('keeps its length and every byte but the picture and its name', () => {
    const { seen } = readThrough(file)
    const expected = file.slice()
    const [from, to] = [text(renamed?.from ?? '', ''), text(renamed?.to ?? '', '')]
    // The names stand where the samples were made from; a flac's is one byte, found in front of its picture.
    for (let n = 0, at = 0; n < pictures; n++) {
      const first = made.pictureAt(file, at)
      const header = made.find(file, from, Math.max(0, first - 60))
      expected.set(to, header)
      at = first + 50_000
    }
    const changed = [...seen.keys()].filter((i) => seen[i] !== expected[i])
    expect(changed.every((i) => expected[i] === own && seen[i] === 0)).toBe(true)
    expect(changed.length).toBeGreaterThan(0)
  })

  test('costs little more than the sound', () => {
    const { homeBytes } = readThrough(file)
    const picture = file.filter((byte) => byte === own).length
    expect(homeBytes).toBeLessThan(file.length - picture + pictures * 70_000)
    expect(homeBytes).toBeLessThan(file.length)
  })

  test('is the same however its bytes come', () => {
    const { seen } = readThrough(file)
    const rest = (of: Uint8Array): Uint8Array => of.filter((byte) => byte !== own && byte !== 0)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }), (chunks) => {
        expect(isSame(rest(readThrough(file, 150_000, chunks).seen), rest(seen))).toBe(true)
      }),
      { numRuns: 6 },
    )
  })

  test('is read from anywhere once it is known', () => {
    const { pictures } = readThrough(file)
    const again = readThrough(file, 150_000, [9_999], pictures)
    const spans = again.seen.filter((byte) => byte === own).length
    expect(spans).toBeLessThan(PICTURE_BYTES_MIN)
    expect(isSame(readThrough(file, 150_000, [97], pictures).seen, again.seen)).toBe(true)
  })
})

describe.each(Object.entries(PLAIN))('%s', (_, file) => {
  test('is left as it is', () => {
    const { seen, homeBytes } = readThrough(file)
    expect(isSame(seen, file)).toBe(true)
    expect(homeBytes).toBe(file.length)
  })
})

describe('hostile files', () => {
  const magic = fc.constantFrom(...Object.values(SAMPLES).map(({ file }) => file), ...Object.values(PLAIN))

  test('of changed bytes end, stay in bounds, and cost no more than their length', () => {
    const change = fc.record({ at: fc.nat(600), byte: fc.nat(255) })
    fc.assert(
      fc.property(magic, fc.array(change, { maxLength: 12 }), fc.nat(300_000), (file, changes, end) => {
        const broken = file.slice(0, end)
        for (const { at, byte } of changes) if (at < broken.length) broken[at] = byte
        const { seen, homeBytes } = readThrough(broken, 70_000, [30_000, 7])
        expect(seen.length).toBe(broken.length)
        expect(homeBytes).toBeLessThanOrEqual(broken.length)
      }),
      { numRuns: 150 },
    )
  })

  test('of rubbish behind a known beginning neither throw nor hold back for ever', () => {
    const beginning = fc.constantFrom(text('fLaC', ''), bytes([text('ID3', ''), [4, 0, 0, 0, 0, 127, 127]]), box('ftyp', [new Uint8Array(8)]), made.wav(new Uint8Array(0)).subarray(0, 12))
    fc.assert(
      fc.property(beginning, fc.uint8Array({ maxLength: 4_000 }), fc.nat(2 ** 32), (start, rest, length) => {
        const file = bytes([start, rest])
        const pictures = new Pictures(length)
        for (let at = 0, held = new Uint8Array(0), from = 0; from < file.length; from += 100) {
          const chunk = bytes([held, file.subarray(from, from + 100)])
          const passed = pictures.pass(at, chunk)
          at += passed.length
          held = chunk.slice(passed.length)
          expect(held.length).toBeLessThan(12)
        }
      }),
    )
  })

  test('of endless frames are given up, and then read in whole answers', () => {
    const frames = Array.from({ length: 3_000 }, () => text('TCOM', 'x'.repeat(60)))
    const file = made.mp3(id3(3, [...frames, apic(3, SIZE)]))
    const { pictures, homeBytes } = readThrough(file)
    expect(homeBytes).toBe(file.length)
    expect(pictures.piece(0, file.length - 1)).toEqual({ kind: 'home', last: file.length - 1 })
  })

  test('of endless pictures hide sixteen', () => {
    const file = made.mp3(id3(3, Array.from({ length: 20 }, () => apic(3, 70_000))))
    const { pictures } = readThrough(file)
    let hidden = 0
    for (let at = 0; at < file.length; ) {
      const piece = pictures.piece(at, file.length - 1)
      if (piece.kind === 'zeros') hidden++
      at = piece.last + 1
    }
    expect(hidden).toBe(16)
  })
})

describe('an answer', () => {
  const file = (SAMPLES['mp3, ID3v2.3'] as Sample).file

  test('to the first read ends soon, to those behind a picture where it would end without one', () => {
    const pictures = new Pictures(file.length)
    expect(pictures.piece(0, 150_000)).toEqual({ kind: 'home', last: 65_535 })
    pictures.pass(0, file.subarray(0, 65_536))
    const first = made.pictureAt(file) - 14
    expect(pictures.piece(65_536, 150_000)).toEqual({ kind: 'zeros', last: 150_000 })
    expect(pictures.piece(0, 150_000)).toEqual({ kind: 'home', last: first - 1 })
    expect(pictures.reach(65_536, 1e9, 50_000)).toBe(first + SIZE + 50_000 - 1)
    expect(pictures.reach(65_536, 100_000, 50_000)).toBe(100_000)
    expect(pictures.reach(first - 10, 1e9, 50_000)).toBe(first + SIZE + 49_990 - 1)
  })

  test('picks a moov up behind the sound, at a place that the element chose', () => {
    const { file } = SAMPLES['m4a, moov last'] as Sample
    const pictures = new Pictures(file.length)
    const moov = made.find(file, text('moov', ''), 0) - 4
    pictures.pass(0, file.subarray(0, 65_536))
    const aligned = moov - (moov % 32_768)
    expect(pictures.piece(aligned, file.length - 1)).toMatchObject({ kind: 'home', last: Math.max(aligned + 65_536, moov + 4_096) - 1 })
    pictures.pass(aligned, file.subarray(aligned, aligned + 65_536))
    expect(pictures.piece(aligned + 65_536, file.length - 1).kind).toBe('zeros')
  })

  test('that skipped the header which comes next leaves the file as it is', () => {
    const pictures = new Pictures(file.length)
    pictures.pass(100, file.subarray(100, 70_000))
    expect(pictures.piece(70_000, file.length - 1)).toEqual({ kind: 'home', last: file.length - 1 })
  })
})
