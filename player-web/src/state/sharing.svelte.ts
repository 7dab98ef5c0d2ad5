import { ShareError, type MadeLink, type Shares, type Trouble } from '../engine/types'
import { newRowId } from '../net/row-id'
import { addAddresses, DEFAULT_TERMS, noteTrouble, partOf, requestOf, type Subject, type Terms } from './share-draft'

export type Step =
  /** The account is asked whether its address is confirmed. */
  | { kind: 'reading' }
  /** `asked`: a person said that it is by now, and it is not. */
  | { kind: 'unconfirmed'; asked: boolean }
  | { kind: 'form' }
  | { kind: 'sending' }
  | { kind: 'done'; links: MadeLink[] }

/** One open share dialog: what is shared with whom, and what became of it. */
export class Sharing {
  readonly subject: Subject
  readonly #shares: Shares
  #step = $state.raw<Step>({ kind: 'form' })
  #terms = $state.raw<Terms>(DEFAULT_TERMS)
  #trouble = $state.raw<Trouble | null>(null)
  #part = $state.raw<keyof Terms | null>(null)
  #wrong = $state.raw<readonly string[]>([])
  #left = $state(0)
  /** The same request sent again carries the same id, another one another. */
  #sent = { id: '', as: '' }

  /** `confirmed` is what is known of the account's address so far. */
  constructor(shares: Shares, subject: Subject, confirmed: boolean) {
    this.#shares = shares
    this.subject = subject
    if (!confirmed) void this.#look(false)
  }

  get step(): Step { return this.#step }
  get terms(): Terms { return this.#terms }
  /** Why it was not sent; `null` when nothing is in the way. */
  get trouble(): Trouble | null { return this.#trouble }
  /** The part of the form that {@link trouble} is about. */
  get part(): keyof Terms | null { return this.#part }
  /** Words among the addresses that are none. */
  get wrong(): readonly string[] { return this.#wrong }
  /** Addresses that were left out, because there were too many. */
  get left(): number { return this.#left }
  get noteTrouble(): 'long' | 'links' | null { return noteTrouble(this.#terms.note) }
  get ready(): boolean { return this.#step.kind === 'form' && this.noteTrouble === null && this.subject.tracks.length > 0 }

  set(change: Partial<Terms>): void {
    this.#terms = { ...this.#terms, ...change }
    this.#trouble = null
    this.#part = null
  }

  /** Takes the addresses in a text; answers what stays in the field. */
  add(text: string): string {
    const { recipients, wrong, left } = addAddresses(this.#terms.recipients, text)
    this.set({ recipients })
    this.#wrong = wrong
    this.#left = left
    return wrong.join(' ')
  }

  remove(address: string): void {
    this.set({ recipients: this.#terms.recipients.filter((one) => one !== address) })
    this.#left = 0
  }

  /** Forgets what was wrong: the person types on. */
  typed(): void {
    this.#wrong = []
  }

  checkAgain(): void {
    void this.#look(true)
  }

  /** Back to the form, for others. */
  another(): void {
    this.#terms = { ...this.#terms, recipients: [] }
    this.#step = { kind: 'form' }
  }

  async send(): Promise<void> {
    if (!this.ready) return
    const as = JSON.stringify(this.#terms)
    if (this.#sent.as !== as) this.#sent = { id: newRowId(), as }
    this.#step = { kind: 'sending' }
    this.#trouble = null
    this.#part = null
    try {
      const links = await this.#shares.create(requestOf(this.#sent.id, this.subject, this.#terms))
      this.#sent = { id: '', as: '' }
      this.#step = { kind: 'done', links }
    } catch (error) {
      this.#refused(error)
    }
  }

  async #look(asked: boolean): Promise<void> {
    this.#step = { kind: 'reading' }
    try {
      this.#step = (await this.#shares.confirmed()) ? { kind: 'form' } : { kind: 'unconfirmed', asked }
    } catch (error) {
      this.#refused(error)
    }
  }

  #refused(error: unknown): void {
    this.#step = { kind: 'form' }
    if (!(error instanceof ShareError)) throw error
    if (error.kind === 'unconfirmed') this.#step = { kind: 'unconfirmed', asked: false }
    this.#trouble = error.trouble
    this.#part = partOf(error.field)
  }
}
