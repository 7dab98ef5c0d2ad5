/** What the engine says in trouble: plain sentences, each with its next step. */

const trouble = (message: string, nextStep = '') => ({ message, nextStep })

export const engine = {
  troubles: {
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
    foreign: trouble('This song lies in somebody else’s home.', 'Only they can play it; ask them for a link to it.'),
    stoppedElsewhere: trouble('Playing here was stopped from another player.', 'Press play to go on here.'),
    refused: trouble('Your home refused this request.', 'Sign out and in again.'),
    notYours: trouble('This home no longer belongs to your account.', 'Choose another home, or activate this one again on its PC.'),
    signedOut: trouble('You are signed out.', 'Sign in again.'),
    unconfirmed: trouble('Your e-mail address is not confirmed yet.', 'Confirm it on your account page, then share.'),
  },
  refusedByHome: 'Sign out and in again; if it stays, restart iRoam at home.',
  pageCloses: 'The page is closing.',
  listeningEnded: 'The listening has ended.',
  answerWas: (status: number) => `The answer was ${status}`,
  waiting: {
    buffering: 'Loading…',
    home: 'Your home cannot be reached; the music goes on when it is back.',
    portal: 'The portal does not answer; the music goes on when it is back.',
    lease: 'Waiting for the next minute.',
  },
  stopped: {
    gesture: 'This browser wants a click before it plays.',
    noMinutes: 'No minutes are left.',
    tooMany: 'Three players are listening on this account already.',
  },
  /** A song that is known by its id only, while its home is off. */
  unknownSong: 'Unknown song',
}
