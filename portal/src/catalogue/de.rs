//! German. It says "du", and names nobody by a gender.

use iroam_protocol::problem::Kind;

use super::*;

pub(super) static WORDS: Words = Words {
    language: Language::German,
    frame: FrameWords {
        skip: "Zum Inhalt springen",
        start_page: "iRoam, Startseite",
        site: "Seiten",
        player: "Player",
        account: "Konto",
        install: "Installieren",
        sign_in: "Anmelden",
        sign_out: "Abmelden",
        sign_up: "Registrieren",
        signed_in_as: |email| format!("Angemeldet als {email}"),
        files_stay: "Deine Dateien bleiben zu Hause. Das Relay reicht weiter, was es nicht lesen kann.",
        install_at_home: "Zu Hause installieren",
    },
    landing: LandingWords {
        title: "Deine Musik von zu Hause, überall gehört",
        heading: "Deine Musik von zu Hause, überall gehört.",
        lead: "iRoam spielt die Sammlung auf deinem eigenen Computer in jedem Browser ab, auch bei der Arbeit, hinter einer \
            Firewall, die nur das Web durchlässt. Nichts wird hochgeladen, kein Router verstellt, kein VPN installiert.",
        starter: |minutes| format!("{} zum Anfang geschenkt. Nach einer Karte fragt niemand.", are(minutes)),
        dial: ["HEIM", "KÜCHE", "ZUG", "BÜRO", "HOTEL"],
        dial_caption: "EINGESTELLT AUF DEINE SAMMLUNG",
        how: "So geht es",
        install: "Zu Hause installieren",
        install_how: "Ein kleines Programm auf dem Computer mit deiner Musik liest deine Ordner. Es schreibt nie hinein.",
        yours: "Verbinde es mit deinem Konto",
        yours_how: "Es zeigt einen Code und vier Wörter. Du gibst den Code hier ein und wählst die Wörter aus; so weißt du, dass \
            es dein Computer ist.",
        play: "Anderswo abspielen",
        play_how: "Melde dich in einem beliebigen Browser an. Der Ton kommt direkt von zu Hause, und du siehst, welchen Weg er \
            nimmt.",
        private: "Was privat bleibt",
        private_files: "Deine Dateien bleiben auf deiner Festplatte. Es gibt keine Kopie anderswo.",
        private_way: "Zuhause und Browser verschlüsseln von Ende zu Ende. Das Relay reicht Bytes weiter, die es nicht lesen kann.",
        private_taste: "Wir zählen Minuten. Was du hörst, erfahren wir nicht.",
        cost: "Was eine Minute kostet",
        way: "Der Weg",
        price: "Preis je Minute",
        charged: "Berechnet wird, was du hörst, Minute für Minute. Die ersten drei Sekunden einer Minute und alle Pausen sind \
            kostenlos.",
    },
    download: DownloadWords {
        heading: "Zu Hause installieren",
        lead: "Auf dem Computer mit deiner Musik. Er muss laufen, solange du hörst, und sonst nichts: kein offener Port, keine \
            Einstellung am Router.",
        program: "Hol dir das Programm",
        program_how: Marked(
            "Es ist eine einzige Datei namens `iroam`. Bau sie mit [Rust] aus dem Quelltext, unter Linux, macOS oder Windows:",
        ),
        program_where: Marked("Das Programm liegt dann in `target/release`."),
        start: "Starte es",
        start_how: "Gib dieses Portal und deine Ordner an. Die Ordner werden immer nur gelesen.",
        yours: "Verbinde es mit deinem Konto",
        yours_how: Marked(
            "Es zeigt einen Code und vier Wörter. [Gib den Code hier ein], wähle dieselben Wörter, fertig. Von da an genügt \
             `iroam up`.",
        ),
        type_code: "Code eingeben",
        more: "Gut zu wissen",
        status: "Was es gerade tut, und ob es dieses Portal erreicht.",
        open: "Seine eigene Seite im Browser dieses Computers.",
        logout: "Verlässt dein Konto. Deine Dateien bleiben, wie sie sind.",
    },
    sign_up: SignUpWords {
        heading: "Registrieren",
        lead: |minutes| format!("{} zum Anfang geschenkt.", are(minutes)),
        email: "E-Mail-Adresse",
        password: "Passwort",
        password_hint: "Mindestens 10 Zeichen. Ein paar Wörter hintereinander merken sich leicht.",
        submit: "Registrieren",
        known: "Du hast ein Konto?",
        sign_in: "Anmelden",
    },
    sign_in: SignInWords {
        heading: "Anmelden",
        email: "E-Mail-Adresse",
        password: "Passwort",
        submit: "Anmelden",
        forgot: "Passwort vergessen?",
        phone: "Auf deinem Telefon schon angemeldet?",
        phone_how: "Damit hier anmelden",
        new_here: "Du bist neu hier?",
        sign_up: "Registrieren",
        new_password: "Dein neues Passwort gilt. Melde dich damit an.",
        for_home: "Melde dich an, um das Zuhause zu deinem Konto hinzuzufügen.",
        for_device: "Melde dich zuerst hier an, um das andere Gerät hereinzulassen.",
        again: "Ein Zuhause gibt einem Computer Zugang zu deinem Konto. Melde dich dafür noch einmal an.",
    },
    qr: QrWords {
        heading: "Mit einem anderen Gerät anmelden",
        scan: "Scanne das mit einem angemeldeten Telefon und sag dort Ja.",
        by_itself: "Diese Seite geht dann von selbst weiter.",
        picture: |link| format!("QR-Code für {link}"),
        or_type: Marked("Oder öffne dort *{}* und tippe"),
        hint: "Der Code gilt fünf Minuten. Niemand sonst kann etwas damit anfangen: Nur dieser Browser wird angemeldet.",
        said_yes: "Ich habe dort Ja gesagt: weiter",
        by_password: "Mit Passwort anmelden",
        looks: "Die Seite sieht alle drei Sekunden nach.",
        hold_still: "Seite anhalten",
        refused: "Abgelehnt",
        refused_why: "Das andere Gerät hat Nein gesagt; hier ist niemand angemeldet.",
        ended: "Der Code ist abgelaufen",
        ended_why: "Ein Code gilt fünf Minuten und meldet einmal an. Falls das sofort kam, behält dieser Browser keine Cookies: \
            Erlaube sie für diese Seite.",
        fresh: "Neuen Code holen",
    },
    forgot: ForgotWords {
        heading: "Neues Passwort wählen",
        lead: "Gib die Adresse deines Kontos ein. Dorthin kommt eine Mail mit einem Link.",
        email: "E-Mail-Adresse",
        submit: "Link senden",
        came_back: "Ist es dir wieder eingefallen?",
        sign_in: "Anmelden",
        done: "Sieh in dein Postfach",
        done_lead: "Wenn zu dieser Adresse ein Konto gehört, ist eine Mail mit einem Link unterwegs. Er gilt einmal, eine Stunde \
            lang.",
        done_hint: "Nach ein paar Minuten ist nichts da? Sieh bei den unerwünschten Mails nach, und ob du dich mit dieser \
            Adresse registriert hast.",
        to_sign_in: "Zur Anmeldung",
    },
    reset: ResetWords {
        heading: "Neues Passwort wählen",
        lead: Marked("Für das Konto *{}*. Alle anderen Geräte werden dabei abgemeldet."),
        password: "Neues Passwort",
        password_hint: "Mindestens 10 Zeichen. Ein paar Wörter hintereinander merken sich leicht.",
        submit: "Speichern",
        gone: "Dieser Link gilt nicht mehr",
        gone_lead: "Ein Link gilt einmal, eine Stunde lang. Lass dir einen neuen schicken.",
        fresh: "Neuen Link anfordern",
    },
    confirm: ConfirmWords {
        heading: "Adresse bestätigen",
        is_yours: Marked("Gehört *{}* dir?"),
        then: |minutes| match minutes {
            0 => "Dann kannst du Musik per Mail teilen.".into(),
            1 => "Dann bekommst du eine Minute dazu und kannst Musik per Mail teilen.".into(),
            _ => format!("Dann bekommst du {minutes} Minuten dazu und kannst Musik per Mail teilen."),
        },
        submit: "Ja, bestätigen",
        hint: "Du hast dich hier nicht registriert? Schließ diese Seite: Nichts wird bestätigt.",
        done_title: "Bestätigt",
        done: "Deine Adresse ist bestätigt",
        done_lead: |minutes| match minutes {
            0 => "Von jetzt an kannst du Musik per Mail teilen.".into(),
            1 => "Dafür kam eine Minute dazu. Von jetzt an kannst du Musik per Mail teilen.".into(),
            _ => format!("Dafür kamen {minutes} Minuten dazu. Von jetzt an kannst du Musik per Mail teilen."),
        },
        player: "Player öffnen",
        account: "Dein Konto",
        gone: "Dieser Link gilt nicht mehr",
        gone_lead: "Ein Link gilt sieben Tage. Deine Kontoseite schickt dir einen neuen.",
    },
    account: AccountWords {
        heading: "Konto",
        overview: "Überblick",
        homes: "Zuhause",
        minutes: "Minuten",
        devices: "Geräte",
        settings: "Einstellungen",
        unconfirmed: |minutes| {
            match minutes {
            0 => "Deine Adresse ist noch nicht bestätigt. Danach kannst du Musik per Mail teilen.".into(),
            1 => "Deine Adresse ist noch nicht bestätigt. Bestätige sie, und du bekommst eine Minute dazu; danach kannst du \
                  Musik per Mail teilen."
                .into(),
            _ => format!(
                "Deine Adresse ist noch nicht bestätigt. Bestätige sie, und du bekommst {minutes} Minuten dazu; danach kannst \
                 du Musik per Mail teilen."
            ),
        }
        },
        send_link: "Schick mir den Link",
        playing_now: "Läuft gerade",
        nothing_plays: Marked("Gerade läuft nichts. [Player öffnen]"),
        since: |ago| format!("begonnen {ago}"),
        played: |length| format!("{length} gespielt"),
        paused: "angehalten",
        stop: "Beenden",
        stop_what: |device| format!("{device} beenden"),
        no_home: Marked("Noch kein Zuhause. [Installiere das Programm zu Hause], dann [gib seinen Code ein]."),
        rename_or_remove: "Umbenennen oder entfernen",
        add_another: "Weiteres hinzufügen",
        minutes_left: "Verbleibende Minuten",
        held: |money| format!(", davon {money} zurückgelegt, solange etwas läuft"),
        online: "verbunden",
        offline: |ago| format!("getrennt, zuletzt gesehen {ago}"),
        not_seen: "noch nicht gesehen",
    },
    notices: NoticeWords {
        renamed: "Das Zuhause hat seinen neuen Namen.",
        removed: "Das Zuhause wurde entfernt. Es erfährt das in wenigen Sekunden.",
        saved: "Deine Einstellungen sind gespeichert.",
        ended: "Das Gerät ist abgemeldet. Was darauf lief, endet in wenigen Sekunden.",
        others_ended: "Alle anderen Geräte sind abgemeldet. Was dort lief, endet in wenigen Sekunden.",
        confirm_sent: "Die Mail ist unterwegs. Öffne den Link darin innerhalb von sieben Tagen.",
        confirm_enough: "In dieser Stunde gingen drei Mails hinaus. Sieh bei den unerwünschten nach, oder versuch es später noch \
            einmal.",
        confirmed: "Deine Adresse ist schon bestätigt.",
        password: "Dein neues Passwort gilt. Alle anderen Geräte sind abgemeldet.",
        stopped: "Dort läuft nichts mehr.",
    },
    homes: HomesWords {
        add: "Zuhause hinzufügen",
        none: Marked(
            "Noch kein Zuhause. [Installiere das Programm] auf dem Computer mit deiner Musik. Es zeigt einen Code; [gib ihn \
             hier ein].",
        ),
        system: "Betriebssystem",
        last_seen: "Zuletzt gesehen",
        not_yet: "noch nicht",
        yours_since: "Dabei seit",
        key: "Schlüssel",
        rename: "Umbenennen",
        new_name: "Neuer Name",
        save: "Speichern",
        remove: "Entfernen",
        remove_how: "Es verschwindet in wenigen Sekunden von allen Geräten, und das Programm zu Hause vergisst dieses Konto. Keine \
            Datei wird angefasst. Um zurückzukommen, muss es neu hinzugefügt werden.",
        remove_what: |home| format!("{home} entfernen"),
        add_first: "Zuhause hinzufügen",
        add_another: "Weiteres Zuhause hinzufügen",
        several: "Zu einem Konto können mehrere gehören: der Computer auf dem Dachboden, der bei deinen Eltern. Der Player \
            zeigt sie nebeneinander.",
        start: "Starte dort das Programm",
        start_how: Marked("Mit deinen Ordnern; sie werden immer nur gelesen. [So bekommst du es]"),
        make_yours: "Verbinde es mit deinem Konto",
        make_yours_how: "Es zeigt einen Code und vier Wörter. Gib den Code hier ein und wähle dieselben Wörter.",
        type_code: "Code eingeben",
    },
    minutes: MinutesWords {
        not_sold: "Minuten kann man hier noch nicht kaufen: Dieses Portal nimmt kein Geld an. Wer es betreibt, kann deinem Konto \
            welche gutschreiben.",
        statement: "Kontoauszug",
        nothing: "Noch wurde nichts gebucht.",
        when: "Wann",
        what: "Was",
        amount: "Betrag",
        newest: "Neueste",
        older: "Ältere",
        starter: "Geschenkte Minuten zum Anfang",
        charge: |minute| format!("Minute {minute} beim Hören"),
        a_minute: "Eine Minute",
        confirmed: "Deine Adresse ist bestätigt",
        credit: "Gutschrift des Portals",
        courtesy: "Ein Titel, der zu Ende laufen durfte",
        reversal: "Zurückgenommen",
    },
    sessions: SessionsWords {
        heading: "Angemeldete Geräte",
        sign_in_another: "Weiteres anmelden",
        this_device: "Dieses Gerät",
        since: |moment| format!("seit {moment}"),
        last_used: |ago| format!("zuletzt benutzt {ago}"),
        sign_out: "Abmelden",
        sign_out_what: |device, last_used| format!("{device}, {last_used}, abmelden"),
        nobody_else: "Sonst ist niemand in deinem Konto angemeldet.",
        unknown: Marked(
            "Ein Gerät, das du nicht kennst? Melde es ab, dann [wähle ein neues Passwort]. Was dort läuft, endet in wenigen \
             Sekunden.",
        ),
        sign_out_all: "Alle anderen Geräte abmelden",
        a_browser: "Ein Browser",
        on: |browser, system| format!("{browser} auf {system}"),
    },
    settings: SettingsWords {
        name: "Dein Name beim Teilen",
        name_hint: "Wer von dir einen Titel geteilt bekommt oder mit dir eine Playlist bearbeitet, sieht ihn. Lass ihn leer, dann erscheint der Teil deiner Adresse vor \
            dem @.",
        language: "Sprache der Seiten und Mails",
        time_zone: "Zeitzone",
        mails: "Mails",
        takes_invitations: "Andere dürfen mich per Mail einladen, Geteiltes zu hören oder an einer Playlist mitzumachen",
        mails_hint: "Mails über dein Konto selbst, etwa zu einem neuen Passwort, kommen immer.",
        save: "Speichern",
        password: "Passwort",
        password_how: Marked("Ein Link zum Formular kommt per Mail. [Neues Passwort wählen]"),
        regions: [
            "Afrika",
            "Amerika",
            "Antarktis",
            "Arktis",
            "Asien",
            "Atlantik",
            "Australien",
            "Europa",
            "Indischer Ozean",
            "Pazifik",
        ],
    },
    approve: ApproveWords {
        heading: "Ist das dein Gerät?",
        lead: |email| {
            format!(
                "Es möchte in deinem Konto {email} angemeldet werden. Sag nur Ja, wenn du es in der Hand hältst und es diesen \
                 Code zeigt."
            )
        },
        its_code: "Sein Code",
        device: "Gerät",
        its_address: "Seine Adresse",
        your_address: "Deine Adresse",
        differ: "Die Adressen sind verschieden.",
        differ_why: "Das ist richtig, wenn eins von beiden im Mobilfunknetz ist. Hat dir jemand diesen Code oder Link geschickt, \
            dann sag Nein: Sonst hört diese Person deine Musik auf deine Minuten.",
        yes: "Ja, anmelden",
        no: "Nein, ablehnen",
        ask: "Ein anderes Gerät anmelden",
        ask_lead: "Öffne auf dem anderen Gerät die Anmeldung und wähle „Damit hier anmelden“. Scanne dann, was es \
            zeigt, oder gib seinen Code ein.",
        code: "Code",
        code_hint: "Acht Buchstaben. Großschreibung und Strich sind egal. Ein Code gilt fünf Minuten.",
        go_on: "Weiter",
        a_home: "Der Code gehört zu einem Computer mit deiner Musik?",
        add_home: "Zuhause hinzufügen",
        done_title: "Angemeldet",
        done: |device| format!("{device} ist angemeldet"),
        done_lead: "In wenigen Sekunden kann dort abgespielt werden. Du kannst es jederzeit wieder abmelden.",
        refused: "Abgelehnt",
        refused_lead: "Das Gerät wurde abgewiesen, und sein Code gilt nicht mehr.",
        your_devices: "Deine Geräte",
        no_code: "Ein Code hat acht Buchstaben, etwa BCDF-GHJK. Sieh noch einmal auf das andere Gerät.",
        unknown: "Diesen Code gibt es nicht oder nicht mehr. Codes gelten fünf Minuten: Hol dort einen neuen.",
        gone: "Dieser Code wurde inzwischen benutzt oder ist abgelaufen. Hol auf dem anderen Gerät einen neuen.",
    },
    device: DeviceWords {
        heading: "Ist das dein Zuhause?",
        lead: |email| {
            format!(
                "Dieser Computer möchte zu deinem Konto {email} gehören. Sag nur Ja, wenn du ihn gerade selbst gestartet hast."
            )
        },
        its_code: "Sein Code",
        machine: "Computer",
        system: "Betriebssystem",
        its_address: "Seine Adresse",
        your_address: "Deine Adresse",
        differ: "Die Adressen sind verschieden.",
        differ_why: "Das ist richtig, wenn du gerade nicht zu Hause bist. Bist du zu Hause, fragt vielleicht jemand anderes: \
            Sag Nein.",
        which_words: "Welche Wörter zeigt der Computer?",
        name: "Name für dieses Zuhause",
        yes: "Ja, hinzufügen",
        no: "Nein, ablehnen",
        ask: "Zuhause hinzufügen",
        ask_lead: "Gib den Code ein, den das Programm zu Hause zeigt.",
        code: "Code",
        code_hint: "Acht Buchstaben. Großschreibung und Strich sind egal. Ein Code gilt zehn Minuten.",
        go_on: "Weiter",
        no_program: "Zu Hause noch kein Programm?",
        install: "Installieren",
        done_title: "Zuhause hinzugefügt",
        done: |name| format!("{name} gehört jetzt dir"),
        done_lead: "Das Programm zu Hause geht in wenigen Sekunden von selbst weiter. Seine Sammlung erscheint schon, während sie \
            noch gelesen wird.",
        player: "Player öffnen",
        your_homes: "Dein Zuhause",
        refused: "Abgelehnt",
        refused_lead: "Der Computer wurde abgewiesen, und sein Code gilt nicht mehr. Zu deinem Konto kam nichts hinzu.",
        pick: "Wähle die Wörter, die der Computer zeigt.",
        wrong_words: |tries| {
            let left = if tries == 1 { "Ein Versuch bleibt.".into() } else { format!("{tries} Versuche bleiben.") };
            format!(
                "Der Computer zeigt andere Wörter. Sieh noch einmal nach; passt nichts davon, ist es nicht deiner: Sag Nein. \
                 {left}"
            )
        },
        no_code: "Ein Code hat acht Buchstaben, etwa BCDF-GHJK. Sieh noch einmal auf den Computer zu Hause.",
        unknown: "Diesen Code gibt es nicht oder nicht mehr. Codes gelten zehn Minuten: Führe iroam up noch einmal aus, dann \
            kommt ein neuer.",
        taken: "Dieses Zuhause gehört zu einem anderen Konto. Dort muss es zuerst entfernt werden, oder iroam logout löst es \
            davon.",
        gone: "Dieser Code wurde inzwischen benutzt oder ist abgelaufen. Führe iroam up noch einmal aus, dann kommt ein neuer.",
        dead: "Zu oft wurden die falschen Wörter gewählt; der Code gilt nicht mehr. Führe iroam up noch einmal aus, dann kommt \
            ein neuer.",
    },
    invite: InviteWords {
        title: "Eine Einladung",
        heading: |owner, list| format!("{owner} lädt dich zu „{list}“ ein"),
        lead: |songs| {
            let songs = match songs {
                0 => "Eine noch leere Playlist".into(),
                1 => "Eine Playlist mit einem Titel".into(),
                _ => format!("Eine Playlist mit {songs} Titeln"),
            };
            format!(
                "{songs}. Sie erscheint in deinem Player, und ihr beide könnt Titel hinzufügen, umstellen und entfernen."
            )
        },
        your_account: "Dein Konto",
        open_until: "Gilt bis",
        who_sees_what: Marked(
            "Die anderen sehen dich als „{}“, [was du ändern kannst]. Abgespielt werden nur Titel, die in deinem eigenen Konto zu \
             Hause sind.",
        ),
        accept: "Mitmachen",
        not_now: "Jetzt nicht",
        gone: "Diese Einladung gilt nicht mehr",
        gone_lead: "Eine Einladung gilt für eine Person und zwei Wochen lang, und sie kann zurückgenommen werden. Bitte um eine \
            neue.",
        player: "Player öffnen",
    },
    opt_out: OptOutWords {
        title: "Keine Einladungen mehr",
        done: "Keine Einladungen mehr",
        done_lead: "Niemand in diesem Portal kann mehr Einladungen an deine Adresse schicken lassen. Links, die du schon hast, \
            gelten weiter.",
        ask: "Keine Einladungen mehr bekommen?",
        ask_lead: "Wer über dieses Portal Musik teilt, kann dann keine Einladungen mehr an deine Adresse schicken lassen, egal \
            wer.",
        submit: "Keine Einladungen mehr",
    },
    share: ShareWords {
        title: "Musik für dich",
        description: "Jemand teilt das mit dir. Es spielt in deinem Browser, ohne Konto.",
        picture: "Eine Senderskala mit Zeiger",
        missing: "Der Player fehlt",
        missing_lead: "Jemand teilt Musik mit dir, aber dieses Portal wurde ohne Player gebaut. Wer es betreibt, kann ihn \
            nachrüsten.",
    },
    player: PlayerWords {
        missing: "Der Player fehlt",
        missing_lead: "Dieses Portal wurde ohne seinen Player gebaut. Wer es betreibt, kann ihn nachrüsten:",
        missing_then: "Starte danach das Portal neu.",
    },
    faults: FaultWords {
        title,
        to_start: "Zur Startseite",
        sign_in: "Anmelden",
        other: "Das ging nicht. Geh zurück, lade die Seite neu und versuch es noch einmal.",
        internal: "Das liegt nicht an dir. Versuch es noch einmal; der Grund steht im Protokoll des Portals.",
        unavailable: "Das Portal ist beschäftigt oder startet gerade. Versuch es gleich noch einmal.",
        storage_full: "Der Speicher dieses Portals ist voll; Neues kann es nicht behalten. Was da ist, bleibt lesbar, und nichts \
            wurde geändert. Wer das Portal betreibt, muss Platz schaffen. Dann geht es von selbst weiter: Versuch es später.",
        signed_out: "Du bist nicht angemeldet, oder deine Sitzung ist zu Ende. Melde dich neu an.",
        too_many_tries: |minutes| {
            let wait = if minutes == 1 { "eine Minute".into() } else { format!("{minutes} Minuten") };
            format!("Zu viele Versuche. Warte {wait}, dann versuch es noch einmal.")
        },
        too_large: "Das ist mehr, als hier auf einmal geht. Schick weniger, oder in Teilen.",
        no_page: "Vielleicht ist die Adresse vertippt, oder die Seite ist umgezogen.",
        no_method: "Diese Adresse nimmt andere Methoden an; die Kopfzeile Allow nennt sie.",
        not_understood: "Die Anfrage war nicht zu verstehen.",
        form_unread: "Das Formular war nicht zu lesen. Geh zurück, lade es neu und schick es noch einmal.",
        foreign_form: "Dieses Formular kam von einer anderen Website, darum ist nichts geschehen. Öffne die Seite hier und schick \
            es noch einmal.",
        link_used: "Dieser Link gilt nicht mehr",
        link_used_lead: "Ein Anmeldelink gilt einmal, zehn Minuten lang. Melde dich mit deinem Passwort an, oder bitte um einen \
            neuen.",
        no_email: "Das ist keine E-Mail-Adresse wie ann@example.org.",
        email_taken: "Zu dieser Adresse gibt es schon ein Konto. Melde dich an.",
        wrong_password: "Adresse und Passwort passen nicht zusammen. Prüfe beide, und die Feststelltaste.",
        at_least: |chars| format!("Nimm mindestens {chars} Zeichen."),
        at_most: |chars| format!("Nimm höchstens {chars} Zeichen."),
        one_line: "Nimm Buchstaben, Ziffern und Leerzeichen in einer Zeile.",
        no_links: "In einem Namen steht kein Link.",
        no_language: "Diese Sprache spricht das Portal nicht.",
        no_zone: "Diese Zeitzone gibt es nicht.",
        home_nameless: "Gib dem Zuhause einen Namen.",
        no_home: "Dieses Zuhause gehört nicht zu deinem Konto. Vielleicht wurde es entfernt.",
        no_session: "So ist kein Browser in deinem Konto angemeldet, oder nicht mehr.",
        no_list: "Diese Liste gehört nicht zu deinem Konto. Vielleicht wurde sie entfernt.",
        lists_max: |lists| format!("Ein Konto fasst {lists} Listen und Ordner. Entferne welche."),
        members_max: |members| {
            format!("Eine Liste teilen sich höchstens {members} Personen, offene Einladungen eingeschlossen.")
        },
        invitation_gone: "Diese Einladung gilt nicht mehr. Bitte um eine neue.",
    },
    figures: FigureWords {
        decimal_point: ",",
        free: "kostenlos",
        lan: "Im eigenen Netz",
        direct: "Direkt von zu Hause",
        relay: "Über das Relay",
        moment: "%d.%m.%Y %H:%M",
        day: |day, month, year| format!("{day}. {month} {year}"),
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        ago: |ago| {
            let (count, one, many) = match ago {
                Ago::Now => return "gerade eben".into(),
                Ago::Minutes(count) => (count, "Minute", "Minuten"),
                Ago::Hours(count) => (count, "Stunde", "Stunden"),
                Ago::Days(count) => (count, "Tag", "Tagen"),
            };
            format!("vor {count} {}", if count == 1 { one } else { many })
        },
    },
};

fn are(minutes: u64) -> String {
    if minutes == 1 { "1 Minute ist".into() } else { format!("{minutes} Minuten sind") }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::BadRequest => "Die Anfrage ist nicht zu verstehen",
        Kind::Invalid => "Eine Angabe stimmt nicht",
        Kind::Unauthorized => "Melde dich zuerst an",
        Kind::GrantRefused => "Diese Erlaubnis gilt hier nicht",
        Kind::GrantExpired => "Diese Erlaubnis ist abgelaufen",
        Kind::GrantRevoked => "Diese Erlaubnis wurde zurückgenommen",
        Kind::ClockSkew => "Die Uhren gehen zu verschieden",
        Kind::Forbidden => "Das ist nicht erlaubt",
        Kind::NotActivated => "Dieses Zuhause gehört noch zu keinem Konto",
        Kind::NotFound => "Das gibt es hier nicht",
        Kind::MediaGone => "Die Datei ist weg",
        Kind::MethodNotAllowed => "Diese Methode gibt es hier nicht",
        Kind::Conflict => "Das geht im Augenblick nicht",
        Kind::EmailTaken => "Zu dieser Adresse gibt es schon ein Konto",
        Kind::TooManyListenings => "Es wird schon an drei Stellen gehört",
        Kind::TooMany => "Mehr davon geht nicht",
        Kind::ChangesGone => "So alte Änderungen sind nicht mehr da",
        Kind::ListeningClosed => "Hier wird nicht mehr gehört",
        Kind::NoMinutes => "Es sind keine Minuten mehr da",
        Kind::TooLarge => "Die Anfrage ist zu groß",
        Kind::RangeNotSatisfiable => "Der Bereich liegt hinter dem Ende",
        Kind::AheadOfLease => "Den bezahlten Minuten voraus",
        Kind::TooManyRequests => "Zu viele Versuche",
        Kind::ShareGone => "Dieser Link führt nirgendwohin",
        Kind::ShareBusy => "Mehr können mit diesem Link nicht zugleich hören",
        Kind::SenderOutOfMinutes => "Gerade kannst du mit diesem Link nichts hören",
        Kind::EmailUnconfirmed => "Bestätige zuerst deine Adresse",
        Kind::QuotaReached => "Mehr darf ein Konto davon nicht haben",
        Kind::StorageFull => "Der Speicher dieses Portals ist voll",
        Kind::Internal => "Hier ging etwas schief",
        Kind::Unavailable => "Gerade nicht zu erreichen",
    }
}
