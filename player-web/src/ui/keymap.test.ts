import { describe, expect, it } from 'vitest'
import { caps, commandOf, keymap, type Press } from './keymap'

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more,
})

describe('the key map', () => {
  it.each([
    [press(' '), 'playPause'],
    [press('ArrowRight'), 'next'],
    [press('ArrowLeft'), 'previous'],
    [press('ArrowRight', { shiftKey: true }), 'ahead10'],
    [press('-'), 'quieter'],
    [press('+', { shiftKey: true }), 'louder'],
    [press('?', { shiftKey: true }), 'help'],
    [press('/'), 'search'],
    [press('/', { shiftKey: true }), 'search'],
    [press('q'), 'queue'],
    [press('k', { metaKey: true }), 'palette'],
    [press('k', { ctrlKey: true }), 'palette'],
  ])('answers %o with %s on the page', (event, command) => expect(commandOf(event, 'page', true)).toBe(command))

  it('rests in text fields, but for the keys with Ctrl', () => {
    expect(commandOf(press('q'), 'text', true)).toBeNull()
    expect(commandOf(press(' '), 'text', true)).toBeNull()
    expect(commandOf(press('k', { ctrlKey: true }), 'text', true)).toBe('palette')
  })

  it('leaves Space and arrows to a focused control', () => {
    expect(commandOf(press(' '), 'control', true)).toBeNull()
    expect(commandOf(press('ArrowLeft'), 'control', true)).toBeNull()
    expect(commandOf(press('q'), 'control', true)).toBe('queue')
  })

  it('can be switched off', () => {
    expect(commandOf(press('q'), 'page', false)).toBeNull()
    expect(commandOf(press('k', { ctrlKey: true }), 'page', false)).toBe('palette')
  })

  it('leaves the keys of browser and system alone', () => {
    expect(commandOf(press('q', { ctrlKey: true }), 'page', true)).toBeNull()
    expect(commandOf(press('ArrowLeft', { altKey: true }), 'page', true)).toBeNull()
    expect(commandOf(press('q', { shiftKey: true }), 'page', true)).toBeNull()
  })

  it('binds no key twice', () => {
    const keys = keymap.map((b) => caps(b, false).join('+'))
    expect(new Set(keys).size).toBe(keys.length)
  })
})
