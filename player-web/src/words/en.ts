/**
 * Every word of the player, in one catalogue. Another language is another object of the same shape (`Words`). Functions
 * take counts and names; nothing outside puts sentences together.
 */
import type { Ending } from '../engine/play-status'
import { engine } from './en/engine'
import { lists } from './en/lists'
import { share, shared, visitor } from './en/shares'
import { count, list, percentSpoken, plural } from './format'

export const words = {
  product: 'iRoam',
  engine,
  lists,
  ownLibrary: 'Library',
  homes: 'Homes',
  recentShort: 'Recent',
  views: {
    recent: 'Recently added',
    albums: 'Albums',
    artists: 'Artists',
    songs: 'Songs',
    videos: 'Videos',
    search: 'Search',
    homes: 'Homes',
    shared: 'Shared',
  },
  columns: {
    number: '#',
    title: 'Title',
    artist: 'Artist',
    album: 'Album',
    genre: 'Genre',
    year: 'Year',
    time: 'Time',
    added: 'Added',
  },
  sortBy: 'Sort by',
  albumSorts: { added: 'Recently added', title: 'Title', artist: 'Artist', year: 'Year' },
  unknownArtist: 'Unknown artist',
  unknownAlbum: 'Unknown album',
  songs: (n: number) => plural(n, { one: 'song', other: 'songs' }),
  albums: (n: number) => plural(n, { one: 'album', other: 'albums' }),
  artists: (n: number) => plural(n, { one: 'artist', other: 'artists' }),
  videos: (n: number) => plural(n, { one: 'video', other: 'videos' }),
  disc: (n: number) => `Disc ${n}`,
  newSongs: 'New songs',
  seeAll: 'See all',
  chooseArtist: 'Choose an artist',
  chooseArtistText: 'Their albums and songs appear here.',

  browser: {
    toggle: 'Column browser',
    genres: 'Genres',
    artists: 'Artists',
    albums: 'Albums',
    all: (n: number, what: 'genre' | 'artist' | 'album') => `All (${plural(n, { one: what, other: `${what}s` })})`,
  },

  actions: {
    play: 'Play',
    playItem: (name: string) => `Play ${name}`,
    playAlbum: 'Play album',
    playArtist: 'Play all',
    playNext: 'Play next',
    playLast: 'Add to queue',
    goToAlbum: 'Go to album',
    goToArtist: 'Go to artist',
    share: 'Share…',
    more: (name: string) => `More for ${name}`,
    undo: 'Undo',
    close: 'Close',
    retry: 'Try now',
    dismiss: 'Dismiss',
    back: 'Back',
  },

  transport: {
    play: 'Play',
    pause: 'Pause',
    next: 'Next',
    previous: 'Previous',
    seek: 'Seek',
    volume: 'Volume',
    mute: 'Mute',
    unmute: 'Unmute',
    shuffle: 'Shuffle',
    repeat: { off: 'Repeat: off', all: 'Repeat: all', one: 'Repeat: this song' },
    queue: 'Queue',
    nowPlaying: 'Now playing',
    open: 'Open the player',
    nothing: 'Nothing is playing',
    nothingText: 'Double-click a song, or press Enter on it.',
    region: 'Player',
    announce: (title: string, artist: string | null) => (artist ? `Now playing: ${title} by ${artist}` : `Now playing: ${title}`),
    titleOf: (title: string, artist: string | null) => (artist ? `${title} · ${artist}` : title),
    volumeSpoken: (percent: number) => percentSpoken(percent),
    seekSpoken: (at: string, of: string) => `${at} of ${of}`,
    loading: 'Loading…',
  },

  path: {
    lan: 'LAN',
    direct: 'Direct',
    relay: 'Relay',
    lanText: 'On the same network as your home: free',
    directText: 'Straight from your home over the internet',
    relayText: 'From your home through the relay, encrypted from end to end',
    rtt: (ms: number) => `${ms} ms`,
  },

  minutes: {
    short: (n: number) => `${count(n)} min left`,
    last: 'Last song',
    none: 'No minutes left',
    finalTitle: 'Your minutes are used up',
    ending: (of: Ending) => {
      if (of.kind === 'playsToItsEnd') return 'This one plays to its end, then playing stops.'
      if (of.kind === 'stopsLater') return 'This one is too long to play to its end. You are told here three minutes before it stops.'
      return `This goes on for about ${plural(of.minutes, { one: 'more minute', other: 'more minutes' })}. Add minutes to hear the rest.`
    },
    add: 'Add minutes',
  },

  queue: {
    title: 'Queue',
    empty: 'The queue is empty',
    emptyText: 'Play a song, or choose “Add to queue” in its menu.',
    upNext: (n: number) => (n === 0 ? 'Nothing after this' : `${plural(n, { one: 'song', other: 'songs' })} to come`),
    filling: 'Fetching the rest of the list…',
    clear: 'Clear',
    moveUp: (title: string) => `Move ${title} up`,
    moveDown: (title: string) => `Move ${title} down`,
    remove: (title: string) => `Remove ${title} from the queue`,
    moved: (title: string, place: number, of: number) => `${title} is now ${place} of ${of}`,
    cleared: 'The queue was cleared',
    removed: (title: string) => `${title} was removed from the queue`,
    addedNext: (n: number) => `${plural(n, { one: 'song plays', other: 'songs play' })} next`,
    addedLast: (n: number) => `${plural(n, { one: 'song', other: 'songs' })} added to the queue`,
  },

  search: {
    label: 'Search your library',
    hint: 'Songs, albums, artists',
    none: (q: string) => `Nothing found for “${q}”`,
    noneText: 'Check the spelling, or try fewer letters: the first letters of each word are enough.',
    start: 'Search your library',
    startText: 'Type the first letters of a song, an album or an artist.',
    failed: 'The search could not be done',
    found: (songs: number, albums: number, artists: number) =>
      `Found ${plural(songs, { one: 'song', other: 'songs' })}, ${plural(albums, { one: 'album', other: 'albums' })}, ${plural(artists, { one: 'artist', other: 'artists' })}`,
    clear: 'Clear the search',
  },

  video: {
    region: 'Video',
    enlarge: 'Enlarge the video',
    shrink: 'Shrink the video',
    fullscreen: 'Full screen',
  },

  menu: {
    account: 'Account and settings',
    signOut: 'Sign out',
    minutes: 'Minutes and statement',
    manageHomes: 'Manage homes',
    addHome: 'Add a home',
    themeSystem: 'Theme: as the system',
    themeLight: 'Theme: light',
    themeDark: 'Theme: dark',
    keys: 'Keyboard shortcuts',
  },

  keys: {
    title: 'Keyboard shortcuts',
    single: 'Single-key shortcuts',
    singleText: 'Switch them off when they get in the way of dictation or other tools.',
    groups: { play: 'Playing', go: 'Going places', list: 'In a list' },
    playPause: 'Play or pause',
    next: 'Next song',
    previous: 'Previous song',
    back10: 'Back 10 seconds',
    ahead10: 'Ahead 10 seconds',
    louder: 'Louder',
    quieter: 'Quieter',
    mute: 'Mute',
    queue: 'Show or hide the queue',
    share: 'Share this album, or the song that plays',
    search: 'Search',
    help: 'This list',
    palette: 'Go to anything',
    rowUpDown: 'Move through the list',
    rowPlay: 'Play',
    rowMenu: 'Menu of the song',
    rowEnds: 'First or last',
    caps: { space: 'Space', shift: 'Shift', ctrl: 'Ctrl', home: 'Home', end: 'End', enter: 'Enter', del: 'Del' },
  },

  palette: {
    label: 'Go to, play or choose',
    hint: 'Type a place, a song, an album…',
    none: 'Nothing matches',
    goTo: 'Go to',
    switchHome: 'Switch home',
    action: 'Action',
  },

  share,
  shared,
  visitor,

  states: {
    loading: 'Loading…',
    signedOut: 'You are signed out',
    signedOutText: 'Sign in to hear the music of your home.',
    signIn: 'Sign in',
    signUp: 'Create an account',
    noHome: 'Your home is not connected yet',
    noHomeText: 'Install iRoam on the computer that holds your music, then run this there and approve it in your browser:',
    noHomeHow: 'How to install it',
    copy: 'Copy',
    copied: 'Copied',
    noHomeWait: 'This page goes on by itself as soon as the home is activated.',
    connecting: (name: string) => `Connecting to ${name}…`,
    connectingText: 'This usually takes less than a second.',
    connectingLong: (attempt: number) => `Still trying, attempt ${attempt}. Is that computer on and online?`,
    homeOffline: (name: string) => `${name} is offline`,
    homeOfflineSeen: (when: string) => `It was last seen ${when}.`,
    homeOfflineNever: 'It has not been seen yet.',
    homeOfflineText: 'Switch that computer on, or wake it up; iRoam starts by itself there.',
    trying: (when: string) => `Trying again ${when}.`,
    tryingAlways: 'This page keeps trying.',
    relayUnreachable: 'The portal cannot be reached',
    relayUnreachableText: 'There is no internet here, or the portal is restarting. Your place in the song is kept.',
    blocked: 'This network blocks the connection',
    blockedText:
      'The portal answers, but its WebSocket does not get through: a proxy or firewall here cuts it. Ask for WebSockets to this address to be allowed, or try another network, such as your phone’s.',
    clockSkew: 'The clock of this computer is wrong',
    clockSkewText: (by: string, ahead: boolean) =>
      `It is ${by} ${ahead ? 'ahead' : 'behind'}. Set date and time to automatic in the system settings, then try again.`,
    error: 'Something went wrong',
    empty: (name: string) => `${name} has no music yet`,
    emptyText: 'Put audio or video files into the folders that iRoam watches, or name another folder:',
    emptyFailed: (n: number) => `${plural(n, { one: 'file', other: 'files' })} could not be read as audio or video.`,
    scanning: (done: number, found: number) => `Reading your library: ${count(done)} of ${count(found)} files`,
    scanningMore: (done: number, found: number) => `Reading your library: ${count(done)} of ${count(found)} files found so far`,
    scanningFirst: 'The first songs appear in a moment.',
    unreadable: (names: string[]) =>
      `${list(names)} cannot be read now. Is the drive plugged in? Its songs stay listed.`,
    listFailed: 'This list could not be loaded',
    noAlbum: 'This album is gone',
    noAlbumText: 'Its files were moved or removed at home.',
    noSongs: 'No songs here',
    noVideos: 'No videos in this library',
    needsGesture: 'Your browser wants a click before it plays sound.',
    noMinutes: 'No minutes left',
    tooMany: 'Three players are listening already',
    tooManyText: 'Stop one of them to go on here.',
    stop: 'Stop it',
    stopOther: (device: string, home: string) => `Stop it: ${device} (${home})`,
    since: (when: string) => `since ${when}`,
    playingNow: 'playing',
    pausedNow: 'paused',
    waiting: { buffering: 'Buffering…', home: 'Waiting for your home…', portal: 'Waiting for the portal…', lease: 'Waiting for the next minute…' },
    localHome: 'Served by this home',
    online: 'online',
    offline: 'offline',
    lastSeen: (when: string) => `last seen ${when}`,
    activeHome: 'shown here',
    showHome: (name: string) => `Show ${name}`,
    homesText: 'Each home is a computer that holds your music. To add one, run this there:',
  },
}

/** Words of the same meaning in any language: texts for texts, functions of the same arguments for functions. */
type Said<T> = T extends string
  ? string
  : T extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { readonly [Key in keyof T]: Said<T[Key]> }

/** What every language says. */
export type Words = Said<typeof words>
