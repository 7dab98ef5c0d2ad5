import { createContext } from 'svelte'
import { fromStore, type Readable as SvelteReadable } from 'svelte/store'
import type { App, Home, HomeConnection, ListeningState, Player, PlayerState, Position, QueueState, Readable, Session } from '../engine/types'
import { Ui } from './ui.svelte'
import { Commands } from './commands'
import { ListCommands } from './list-commands'
import { ListsModel } from './lists.svelte'

/** An engine's value as a rune: read `.current` in markup and effects. */
export function rune<T>(source: Readable<T>): { readonly current: T } {
  return fromStore(source as SvelteReadable<T>)
}

/** What the components of playing need of an engine. */
export type PlayApp = Pick<App, 'connection' | 'player'> & { readonly collection: Pick<App['collection'], 'coversReady' | 'coverUrl'> }

/** What plays, and the way it comes. */
export class PlayModel {
  readonly ui: Ui
  readonly #connection: { readonly current: HomeConnection }
  readonly #coversReady: { readonly current: boolean }
  readonly #player: { readonly current: PlayerState }
  readonly #position: { readonly current: Position }
  readonly #queue: { readonly current: QueueState }
  readonly #listening: { readonly current: ListeningState }

  constructor(readonly app: PlayApp, view: Window) {
    this.ui = new Ui(view)
    this.#connection = rune(app.connection)
    this.#coversReady = rune(app.collection.coversReady)
    this.#player = rune(app.player.state)
    this.#position = rune(app.player.position)
    this.#queue = rune(app.player.queue)
    this.#listening = rune(app.player.listening)
  }

  get connection() { return this.#connection.current }
  get coversReady() { return this.#coversReady.current }
  get play() { return this.#player.current }
  get position() { return this.#position.current }
  get queue() { return this.#queue.current }
  get listening() { return this.#listening.current }
  get player(): Player { return this.app.player }
  get collection(): PlayApp['collection'] { return this.app.collection }

  /** Whether sound is wanted: the face of the play button. */
  get sounding(): boolean {
    return ['playing', 'loading', 'waiting'].includes(this.play.status.kind)
  }

  close(): void {
    this.ui.close()
  }
}

/** Everything the components read and do, over one engine. */
export class Model extends PlayModel {
  readonly commands: Commands
  readonly lists: ListsModel
  readonly listCommands: ListCommands
  readonly #session: { readonly current: Session }
  readonly #homes: { readonly current: Home[] }
  readonly #chosen: { readonly current: string | null }
  readonly #wallet
  readonly #status

  constructor(override readonly app: App, view: Window) {
    super(app, view)
    this.lists = new ListsModel(app, view)
    this.listCommands = new ListCommands(app, this.ui, this.lists)
    this.commands = new Commands(app, this.ui, this.listCommands)
    this.#session = rune(app.session)
    this.#homes = rune(app.homes)
    this.#chosen = rune(app.chosenHome)
    this.#wallet = rune(app.wallet)
    this.#status = rune(app.collection.status)
  }

  get session() { return this.#session.current }
  get homes() { return this.#homes.current }
  get chosenHome() { return this.#chosen.current }
  get wallet() { return this.#wallet.current }
  get status() { return this.#status.current }
  override get collection(): App['collection'] { return this.app.collection }

  override close(): void {
    this.listCommands.close()
    super.close()
  }

  /** The chosen home's name; empty when there is none. */
  get homeName(): string {
    const session = this.session
    if (session.kind === 'local') return session.name
    return this.homes.find((home) => home.id === this.chosenHome)?.name ?? this.status?.name ?? ''
  }

  /** Media time left; `null` where nothing is metered. */
  get leftMs(): number | null {
    return this.listening.leftMs ?? this.wallet?.balance_ms ?? null
  }
}

const [read, write] = createContext<Model>()
const [readPlay, writePlay] = createContext<PlayModel>()
/** The model of the nearest player. */
export const useModel = read
/** As much of it as playing needs; the page of a shared link has no more. */
export const usePlay = readPlay
export const providePlay = writePlay

export function provideModel(model: Model): void {
  write(model)
  writePlay(model)
}
