import { describe, expect, it } from 'vitest'
import type { Change } from './changes'
import { BATCH_MAX, fateOf, Outbox, WAITING_MAX, type Batch } from './outbox'

const edit = (list: string, op: string): Change => ({ kind: 'edit', list, operation: { op, kind: 'remove', item: 'i' } })
const rename = (id: string): Change => ({ kind: 'patch', id, op: id, name: 'n' })
function filled(...changes: Change[]): Outbox {
  const outbox = new Outbox()
  changes.forEach((change, order) => outbox.add({ tab: 't', order, change }))
  return outbox
}
const ops = (batch: Batch | null): string[] =>
  (batch ?? []).map(({ change }) => (change.kind === 'edit' ? change.operation.op : change.kind))

describe('changes on their way', () => {
  it('go in their order, operations of one list together', () => {
    const outbox = filled(edit('a', '1'), edit('a', '2'), edit('b', '3'), rename('a'), edit('a', '4'))
    const sent: string[][] = []
    for (let batch = outbox.take(); batch; batch = outbox.take()) {
      sent.push(ops(batch))
      outbox.done()
    }
    expect(sent).toEqual([['1', '2'], ['3'], ['patch'], ['4']])
  })

  it('are not sent twice at once, and go again when they did not arrive', () => {
    const outbox = filled(edit('a', '1'))
    expect(ops(outbox.take())).toEqual(['1'])
    expect(outbox.take()).toBeNull()
    outbox.unsent()
    expect(ops(outbox.take())).toEqual(['1'])
  })

  it('that come while others are under way stay behind them', () => {
    const outbox = filled(edit('a', '1'))
    outbox.take()
    outbox.add({ tab: 't', order: 9, change: edit('a', '2') })
    expect(ops(outbox.done())).toEqual(['1'])
    expect(ops(outbox.take())).toEqual(['2'])
  })

  it('of an earlier visit go first, once, but not into what is under way', () => {
    const outbox = filled(edit('a', '3'))
    outbox.take()
    const old = [{ tab: 'old', order: 1, change: edit('a', '1') }, { tab: 'old', order: 2, change: edit('a', '2') }]
    outbox.adopt(old)
    outbox.adopt(old)
    outbox.add({ tab: 't', order: 9, change: edit('a', '4') })
    outbox.done()
    expect(ops(outbox.take())).toEqual(['1', '2', '4'])
  })

  it('are looked through one by one when a bunch is refused, and only the one at fault is given up', () => {
    const outbox = filled(edit('a', '1'), edit('a', 'bad'), edit('a', '3'))
    outbox.take()
    expect(outbox.refused()).toEqual([])
    expect(ops(outbox.take())).toEqual(['1'])
    outbox.done()
    expect(ops(outbox.take())).toEqual(['bad'])
    expect(ops(outbox.refused())).toEqual(['bad'])
    expect(ops(outbox.take())).toEqual(['3'])
    outbox.done()
    expect(outbox.size).toBe(0)
  })

  it('of a list that is gone are given up together, the others are not', () => {
    const outbox = filled(edit('a', '1'), rename('b'), edit('a', '2'))
    outbox.take()
    expect(ops(outbox.forget('a'))).toEqual(['1', '2'])
    expect(ops(outbox.take())).toEqual(['patch'])
  })

  it('are bounded, each request too', () => {
    const outbox = filled(...Array.from({ length: BATCH_MAX + 1 }, (_, i) => edit('a', String(i))))
    expect(outbox.take()).toHaveLength(BATCH_MAX)
    expect([outbox.hasRoom(WAITING_MAX - BATCH_MAX - 1), outbox.hasRoom(WAITING_MAX - BATCH_MAX)]).toEqual([true, false])
  })
})

it.each([[null, 'again'], [503, 'again'], [507, 'again'], [429, 'again'], [401, 'signedOut'], [404, 'gone'], [410, 'gone'], [422, 'refused'], [403, 'refused']] as const)(
  'an answer of %s means %s', (status, fate) => expect(fateOf(status)).toBe(fate))
