/** What the engine says in trouble, in one place: plain sentences, each with its next step. */

import type { Trouble } from './types'

const trouble = (message: string, nextStep = ''): Trouble => ({ message, nextStep })

export const WORDS = {
  portalAway: trouble('The portal does not answer.', 'Check the internet connection here; it is tried again by itself.'),
  homeAway: trouble('Your home cannot be reached right now.', 'Check that the PC at home is on; it is tried again by itself.'),
  noWorker: trouble(
    'This browser does not let iRoam play in this window.',
    'Use a normal (not private) window over https, with site data allowed, and reload.',
  ),
  gone: trouble('This file is no longer where it was at home.', 'Play another one; a new scan at home updates the library.'),
  unplayable: trouble('This browser cannot play this kind of file.', 'Try another browser, or play another track.'),
  brokenAnswer: trouble('Your home gave an answer that makes no sense.', 'Update iRoam at home, then reload this page.'),
  gaveUp: trouble('This track could not be loaded.', 'Press play to try again.'),
  stoppedElsewhere: trouble('Playing here was stopped from another player.', 'Press play to go on here.'),
  refused: trouble('Your home refused this request.', 'Sign out and in again.'),
} as const

export const WAITING = {
  buffering: 'Loading…',
  home: 'Your home cannot be reached; the music goes on when it is back.',
  portal: 'The portal does not answer; the music goes on when it is back.',
  lease: 'Waiting for the next minute.',
} as const

export const STOPPED = {
  gesture: 'This browser wants a click before it plays.',
  noMinutes: 'No minutes are left.',
  tooMany: 'Three players are listening on this account already.',
} as const

/** A song that is known by its id only, while its home is off. */
export const UNKNOWN_TITLE = 'Unknown song'

export const SHARING = {
  unconfirmed: trouble('Your e-mail address is not confirmed yet.', 'Confirm it on your account page, then share.'),
  signedOut: trouble('You are signed out.', 'Sign in again.'),
} as const
