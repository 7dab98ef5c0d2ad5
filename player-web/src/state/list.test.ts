import { describe, expect, it } from 'vitest'
import type { Page, Window } from '../engine/types'
import { PAGE, PagedList } from './list.svelte'

const total = 1_000
const page = ({ offset, limit }: Window): Page<number> => ({
  items: Array.from({ length: Math.min(limit, total - offset) }, (_, i) => offset + i),
  offset, total, next: null, revision: 1,
})
const settled = async (): Promise<void> => { for (let i = 0; i < 10; i++) await Promise.resolve() }

describe('a paged list', () => {
  it('fetches only the pages that are seen', async () => {
    const asked: number[] = []
    const list = new PagedList<number>((window) => { asked.push(window.offset); return Promise.resolve(page(window)) })
    list.show(450, 510)
    await settled()
    expect(asked).toEqual([4 * PAGE, 5 * PAGE])
    expect([list.at(450), list.at(509), list.at(0), list.total]).toEqual([450, 509, undefined, total])
    list.show(455, 500)
    await settled()
    expect(asked).toHaveLength(2)
  })

  it('keeps the old rows while a new revision comes', async () => {
    let add = 0
    const list = new PagedList<number>((window) => {
      const answer = page(window)
      return Promise.resolve({ ...answer, items: answer.items.map((n) => n + add) })
    })
    list.show(0, 50)
    await settled()
    add = 5_000
    list.refresh()
    expect(list.at(3)).toBe(3)
    await settled()
    expect(list.at(3)).toBe(5_003)
  })

  it('drops answers that belong to another order', async () => {
    const answers: (() => void)[] = []
    const list = new PagedList<number>((window) => new Promise((done) => answers.push(() => done(page(window)))))
    list.show(0, 10)
    list.open((window) => Promise.resolve({ ...page(window), items: page(window).items.map((n) => -n) }))
    await settled()
    answers.forEach((answer) => answer())
    await settled()
    expect(list.at(7)).toBe(-7)
  })

  it('tells why a page did not come, and forgets it after the next success', async () => {
    let fail = true
    const list = new PagedList<number>((window) => (fail ? Promise.reject(new Error('no')) : Promise.resolve(page(window))))
    list.show(0, 10)
    await settled()
    expect(list.trouble).toEqual({ message: 'no', nextStep: '' })
    fail = false
    list.refresh()
    await settled()
    expect([list.trouble, list.at(9)]).toEqual([null, 9])
  })
})
