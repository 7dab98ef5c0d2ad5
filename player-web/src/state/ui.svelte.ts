import type { IconName } from '../ui/parts/icons'
import type { AlbumSort, Direction, TrackSort } from '../engine/types'
import { href, parse, type Route } from './route'
import type { Subject } from './share-draft'

export type Theme = 'system' | 'light' | 'dark'

/** A short message that goes by itself, with at most one thing to do. */
export interface Toast {
  id: number
  words: string
  action?: { words: string; run: () => void }
}

export interface MenuItem {
  words: string
  icon?: IconName
  /** A link instead of a command. */
  href?: string
  run?: () => void
  checked?: boolean
  /** A line above. */
  divided?: boolean
}

export interface OpenMenu {
  label: string
  items: MenuItem[]
  x: number
  y: number
  /** Gets the focus back. */
  from: HTMLElement | null
}

export type Sheet = 'none' | 'help' | 'palette' | 'nowPlaying' | 'share'

/** Long enough to read and to reach "Undo". */
const TOAST_MS = 6_000
const TOASTS_MAX = 3
const KEPT = 'iroam.ui'

interface Kept {
  theme: Theme
  singleKeys: boolean
  queueOpen: boolean
  browserOpen: boolean
  albumSort: AlbumSort
  trackSort: TrackSort
  trackDir: Direction
}

const defaults: Kept = { theme: 'system', singleKeys: true, queueOpen: false, browserOpen: false, albumSort: 'artist', trackSort: 'artist', trackDir: 'asc' }

/** What the interface itself remembers: place, theme, what is open. Nothing of the library or the music. */
export class Ui {
  #route = $state.raw<Route>({ view: 'recent' })
  #kept = $state<Kept>({ ...defaults })
  #toasts = $state.raw<Toast[]>([])
  #spoken = $state('')
  #phone = $state(false)
  #now = $state(Date.now())
  #nextToast = 1
  readonly #stops: (() => void)[] = []
  sheet = $state<Sheet>('none')
  menu = $state.raw<OpenMenu | null>(null)
  /** What the open share dialog shares. */
  sharing = $state.raw<Subject | null>(null)
  videoLarge = $state(false)
  /** Whether the phone's sheet shows the queue in the place of the cover. */
  sheetQueue = $state(false)

  constructor(private readonly view: Window) {
    this.#kept = { ...defaults, ...read(view) }
    this.#applyTheme()
    this.#route = parse(view.location.hash)
    this.#listen(view, 'hashchange', () => {
      this.#route = parse(view.location.hash)
      this.menu = null
    })
    const narrow = view.matchMedia('(max-width: 760px)')
    this.#phone = narrow.matches
    this.#listen(narrow, 'change', () => (this.#phone = narrow.matches))
    const ticks = view.setInterval(() => (this.#now = Date.now()), 1_000)
    this.#stops.push(() => view.clearInterval(ticks))
  }

  /** How far each place was scrolled, by its address; for the way back. */
  readonly scrolled = new Map<string, number>()

  get route(): Route { return this.#route }
  get theme(): Theme { return this.#kept.theme }
  get singleKeys(): boolean { return this.#kept.singleKeys }
  get queueOpen(): boolean { return this.#kept.queueOpen }
  get browserOpen(): boolean { return this.#kept.browserOpen }
  get albumSort(): AlbumSort { return this.#kept.albumSort }
  get trackSort(): TrackSort { return this.#kept.trackSort }
  get trackDir(): Direction { return this.#kept.trackDir }
  get toasts(): readonly Toast[] { return this.#toasts }
  /** For the polite live region. */
  get spoken(): string { return this.#spoken }
  /** Narrow enough for tabs at the bottom and rows of two lines. */
  get phone(): boolean { return this.#phone }
  /** Wall time, once a second, for "in 8 seconds". */
  get nowMs(): number { return this.#now }

  go(route: Route, replace = false): void {
    if (replace) this.view.history.replaceState(null, '', href(route))
    else this.view.location.hash = href(route)
    this.#route = route
    this.sheet = 'none'
  }

  share(subject: Subject): void {
    this.sharing = subject
    this.sheet = 'share'
  }

  setTheme(theme: Theme): void {
    this.#keep({ theme })
    this.#applyTheme()
  }
  setSingleKeys(singleKeys: boolean): void { this.#keep({ singleKeys }) }
  setQueueOpen(queueOpen: boolean): void { this.#keep({ queueOpen }) }
  setBrowserOpen(browserOpen: boolean): void { this.#keep({ browserOpen }) }

  setAlbumSort(albumSort: AlbumSort): void { this.#keep({ albumSort }) }
  setTrackSort(trackSort: TrackSort, trackDir: Direction): void { this.#keep({ trackSort, trackDir }) }

  /** Says something without showing it. */
  say(words: string): void {
    this.#spoken = words
  }

  toast(words: string, action?: Toast['action']): void {
    const id = this.#nextToast++
    this.#toasts = [...this.#toasts, { id, words, ...(action ? { action } : {}) }].slice(-TOASTS_MAX)
    this.view.setTimeout(() => this.dismiss(id), TOAST_MS)
  }
  dismiss(id: number): void {
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id)
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  #listen(target: EventTarget, event: string, run: () => void): void {
    target.addEventListener(event, run)
    this.#stops.push(() => target.removeEventListener(event, run))
  }

  #keep(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change }
    try {
      this.view.localStorage.setItem(KEPT, JSON.stringify(this.#kept))
    } catch {
      // Storage may be off (private windows): the choice then lasts for this visit.
    }
  }

  #applyTheme(): void {
    const root = this.view.document.documentElement
    if (this.#kept.theme === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = this.#kept.theme
  }
}

function read(view: Window): Partial<Kept> {
  try {
    const kept: unknown = JSON.parse(view.localStorage.getItem(KEPT) ?? '{}')
    return typeof kept === 'object' && kept !== null ? (kept as Partial<Kept>) : {}
  } catch {
    return {}
  }
}
