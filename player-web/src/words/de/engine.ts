/** What the engine says in trouble, in German. */
import type { Words } from '../en'

const trouble = (message: string, nextStep = '') => ({ message, nextStep })

export const engine: Words['engine'] = {
  troubles: {
    portalAway: trouble('Das Portal antwortet nicht.', 'Prüfe die Internetverbindung hier; es wird von selbst weiter versucht.'),
    homeAway: trouble('Dein Zuhause ist gerade nicht erreichbar.', 'Prüfe, ob der Computer dort läuft; es wird von selbst weiter versucht.'),
    noWorker: trouble(
      'Dieser Browser lässt iRoam in diesem Fenster nicht spielen.',
      'Nimm ein normales (kein privates) Fenster über https, erlaube Websitedaten und lade neu.',
    ),
    gone: trouble('Diese Datei liegt zu Hause nicht mehr an ihrem Platz.', 'Spiele einen anderen Titel; der nächste Suchlauf zu Hause bringt die Mediathek auf Stand.'),
    unplayable: trouble('Dieser Browser kann diese Art Datei nicht spielen.', 'Probiere einen anderen Browser oder einen anderen Titel.'),
    brokenAnswer: trouble('Dein Zuhause hat etwas Unverständliches geantwortet.', 'Aktualisiere iRoam zu Hause und lade dann diese Seite neu.'),
    gaveUp: trouble('Dieser Titel ließ sich nicht laden.', 'Drücke auf „Abspielen“, um es noch einmal zu versuchen.'),
    foreign: trouble('Dieser Titel liegt in einem fremden Zuhause.', 'Nur von dort aus lässt er sich spielen; bitte um einen Link dazu.'),
    stoppedElsewhere: trouble('Die Wiedergabe hier wurde von einem anderen Player aus beendet.', 'Drücke auf „Abspielen“, um hier weiterzuhören.'),
    refused: trouble('Dein Zuhause hat diese Anfrage abgelehnt.', 'Melde dich ab und wieder an.'),
    notYours: trouble('Dieses Zuhause gehört nicht mehr zu deinem Konto.', 'Wähle ein anderes, oder aktiviere dieses an seinem Computer neu.'),
    signedOut: trouble('Du bist abgemeldet.', 'Melde dich wieder an.'),
    unconfirmed: trouble('Deine E-Mail-Adresse ist noch nicht bestätigt.', 'Bestätige sie auf deiner Kontoseite, dann kannst du teilen.'),
  },
  refusedByHome: 'Melde dich ab und wieder an; hilft das nicht, starte iRoam zu Hause neu.',
  pageCloses: 'Die Seite wird gerade geschlossen.',
  listeningEnded: 'Die Wiedergabe ist beendet.',
  answerWas: (status) => `Die Antwort war ${status}`,
  waiting: {
    buffering: 'Lädt …',
    home: 'Dein Zuhause ist nicht erreichbar; die Musik geht weiter, sobald es wieder da ist.',
    portal: 'Das Portal antwortet nicht; die Musik geht weiter, sobald es wieder da ist.',
    lease: 'Wartet auf die nächste Minute.',
  },
  stopped: {
    gesture: 'Dieser Browser will einen Klick, bevor er etwas abspielt.',
    noMinutes: 'Es sind keine Minuten mehr da.',
    tooMany: 'Mit diesem Konto hören schon drei Player.',
  },
  unknownSong: 'Unbekannter Titel',
}
