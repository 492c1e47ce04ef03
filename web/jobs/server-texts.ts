import type { Fault } from '../shared/rest.ts'
import { language } from '../shared/texts.ts'
import { storeTexts } from './store-texts.ts'

/**
 * What the server says of faults, refusals and ends of jobs, in English and in German. `{name}` stands for what is kept as it is, such as a
 * number or what a robot said, and `{reason}` for what the server says in turn.
 */
const known: readonly (readonly [english: string, german: string])[] = [
    // What is wrong with a field
    ['is required', 'fehlt'],
    ['must be text', 'muss Text sein'],
    ['must not be blank', 'darf nicht leer sein'],
    ['must be an object', 'muss ein Objekt sein'],
    ['must be a number', 'muss eine Zahl sein'],
    ['must be a finite number', 'muss eine Zahl sein'],
    ['must be a finite number >= 0', 'muss eine Zahl ab 0 sein'],
    ['must be a whole number', 'muss eine ganze Zahl sein'],
    ['must be a whole number from {least} to {most}', 'muss eine ganze Zahl von {least} bis {most} sein'],
    ['must be at least {least}', 'muss mindestens {least} sein'],
    ['must be at most {most} characters long', 'darf höchstens {most} Zeichen haben'],
    ['must be at most {most} characters, none of them NUL', 'darf höchstens {most} Zeichen haben, keines davon NUL'],
    ['must be at most {most}', 'darf höchstens {most} sein'],
    ['must have at most {most} characters as JSON', 'darf als JSON höchstens {most} Zeichen haben'],
    ['must have at most {most} characters', 'darf höchstens {most} Zeichen haben'],
    ['must have no control characters', 'darf keine Steuerzeichen enthalten'],
    ['must not hold control characters', 'darf keine Steuerzeichen enthalten'],
    ['must be earlier or later', 'muss earlier oder later sein'],
    ['must be {one} or {other} or {last}', 'muss {one}, {other} oder {last} sein'],
    ['is not known: there are {names}', 'ist nicht bekannt: Es gibt {names}'],
    // Packages
    ['must be a SHA-256: 64 hexadecimal digits', 'muss ein SHA-256 sein: 64 Hexadezimalziffern'],
    ['must not be longer than {most} characters of JSON', 'darf als JSON nicht länger als {most} Zeichen sein'],
    ['must not be absolute: a URL, or a path that robots know', 'darf nicht absolut sein: eine URL, oder ein Pfad, den Roboter kennen'],
    ['must not go up: no part of it may be . or ..', 'darf nicht nach oben führen: Kein Teil davon darf . oder .. sein'],
    ['must be a URL, without blanks and backslashes', 'muss eine URL sein, ohne Leerzeichen und umgekehrte Schrägstriche'],
    [
        'must be an http or https URL, or a path that robots know',
        'muss eine URL mit http oder https sein, oder ein Pfad, den Roboter kennen',
    ],
    ['must not hold a user or password', 'darf weder Benutzer noch Passwort enthalten'],
    ['is not allowed to name that host', 'darf diesen Host nicht nennen'],
    ['is not allowed to lead to that host', 'darf nicht zu diesem Host führen'],
    ['must not have more than {most} bytes between slashes', 'darf zwischen zwei Schrägstrichen nicht mehr als {most} Bytes haben'],
    [
        'must not hold any of / \\ : * ? " < > |, nor dots or slashes as %2e or %2f',
        'darf keines der Zeichen / \\ : * ? " < > | enthalten, auch keine Punkte und Schrägstriche als %2e oder %2f',
    ],
    [
        'must not begin with a dot, ~ or a blank, nor end with a dot or a blank',
        'darf nicht mit einem Punkt, ~ oder Leerzeichen beginnen, und nicht mit einem Punkt oder Leerzeichen enden',
    ],
    ['must not be the name of a device, such as CON or NUL', 'darf nicht wie ein Gerät heißen, etwa CON oder NUL'],
    ['cannot be taken: {reason}', 'kann nicht angenommen werden: {reason}'],
    ['{name} is not a property a message may have', '{name} ist keine Eigenschaft, die eine Nachricht haben darf'],
    ['body must not be nested deeper than {most} levels', 'ist tiefer als {most} Ebenen verschachtelt'],
    ['body is too large: a body may hold at most {most} {what}', 'ist zu groß: höchstens {most} {what}'],
    ['cannot be had: {reason}', 'ist nicht zu bekommen: {reason}'],
    ['leads to more than {most} bytes', 'führt zu mehr als {most} Bytes'],
    ['is not that of the file, which has {bytes} bytes', 'ist nicht die der Datei, die {bytes} Bytes hat'],
    ['is not that of the file, which is {hash}', 'ist nicht der der Datei, der {hash} ist'],
    ['the server answers with {status}', 'der Server antwortet mit {status}'],
    ['no whole answer within {seconds} s', 'keine vollständige Antwort innerhalb von {seconds} s'],
    ['no connection within {seconds} s', 'keine Verbindung innerhalb von {seconds} s'],
    ['there are too many redirects', 'es gibt zu viele Umleitungen'],
    ['it redirects to what is no URL', 'es wird zu etwas umgeleitet, das keine URL ist'],
    ['{count} others wait for their turn', '{count} andere warten schon'],
    ['it was not its turn within {seconds} s', 'es war innerhalb von {seconds} s nicht an der Reihe'],
    // Schedules
    ['must have either a date or a cron pattern', 'muss entweder ein Datum oder ein cron-Muster haben'],
    ['must be a time zone like Europe/Berlin', 'muss eine Zeitzone wie Europe/Berlin sein'],
    ['must be a cron pattern like 0 9 * * 1-5: {reason}', 'muss ein cron-Muster wie 0 9 * * 1-5 sein: {reason}'],
    ['must be a cron pattern like 0 9 * * 1-5', 'muss ein cron-Muster wie 0 9 * * 1-5 sein'],
    // As croner says it.
    [
        'CronPattern: invalid configuration format ({pattern}), exactly {count} space separated parts are required.',
        '{pattern} hat nicht fünf oder sechs Felder',
    ],
    ['CronPattern: Invalid value for {field}: {value}', '{value} gibt es nicht für {field}'],
    ['CronPattern: {field} is not a number: {value}', '{value} ist keine Zahl ({field})'],
    ['is never due', 'ist nie fällig'],
    ['is over', 'ist vorbei'],
    ['must be left out, as the date has a time', 'muss wegbleiben, weil das Datum schon eine Uhrzeit hat'],
    [
        'must be a day and a month like 15-7, a date like 15-7-2027 or 2027-07-15, or a moment like 2027-07-15T09:00',
        'muss ein Tag und ein Monat wie 15-7 sein, ein Datum wie 15-7-2027 oder 2027-07-15, oder ein Zeitpunkt wie 2027-07-15T09:00',
    ],
    ['has a month that does not exist', 'hat einen Monat, den es nicht gibt'],
    ['is a day that does not exist', 'ist ein Tag, den es nicht gibt'],
    ['must be a time of the day like 9:00:00 or 09:00', 'muss eine Uhrzeit wie 9:00:00 oder 09:00 sein'],
    ['is a time that does not exist', 'ist eine Uhrzeit, die es nicht gibt'],
    // Refusals; what is about the store comes before what is about any file.
    ...storeTexts,
    ['there is no job {id}; those that ended long ago were deleted', 'es gibt keinen Auftrag {id}; vor langem beendete sind gelöscht'],
    ['the job {id} has ended and cannot be cancelled any more', 'der Auftrag {id} ist beendet und nicht mehr abzubrechen'],
    ['the job {id} has ended and cannot be run before its time', 'der Auftrag {id} ist beendet und nicht vorzuziehen'],
    ['the job {id} has been sent already', 'der Auftrag {id} ist schon gesendet'],
    ['the job {id} has not ended yet: cancel it first', 'der Auftrag {id} ist noch nicht beendet: zuerst abbrechen'],
    ['the job {id} has not ended yet', 'der Auftrag {id} ist noch nicht beendet'],
    ['the job {id} has succeeded and is not tried again', 'der Auftrag {id} ist erledigt und wird nicht wiederholt'],
    [
        '{open} jobs have not ended yet: another one may have {most} characters as JSON',
        '{open} Aufträge sind noch nicht beendet: Ein weiterer darf als JSON {most} Zeichen haben',
    ],
    ['{most} jobs have not ended yet', '{most} Aufträge sind noch nicht beendet'],
    [
        '{folder} would have more than {most} bytes: delete jobs that have ended, or let it have more',
        '{folder} hätte mehr als {most} Bytes: beendete Aufträge löschen, oder mehr erlauben',
    ],
    ['{file} cannot be written: {reason}', '{file} lässt sich nicht schreiben: {reason}'],
    ['the disk is full', 'die Platte ist voll'],
    ['not permitted', 'nicht erlaubt'],
    ['the database is not open', 'die Datenbank ist nicht offen'],
    ['the database was opened anew', 'die Datenbank wurde neu geöffnet'],
    ['permission denied', 'nicht erlaubt'],
    ['the name {name} is not listed in HTTP_HOSTS', 'der Name {name} steht nicht in HTTP_HOSTS'],
    [
        'a page of another origin may not ask for this, unless HTTP_ORIGINS lists it',
        'eine Seite anderer Herkunft darf das nicht verlangen, außer sie steht in HTTP_ORIGINS',
    ],
    ['the store is closed', 'der Speicher ist geschlossen'],
    ['too much waits to be written', 'zu viel wartet darauf, geschrieben zu werden'],
    // Why a job is as it is
    ['at least {count} more runs were missed', 'mindestens {count} weitere Läufe wurden verpasst'],
    ['{count} more runs were missed', '{count} weitere Läufe wurden verpasst'],
    [
        'it fell due {seconds} s earlier, while nobody was there to send it',
        'er war {seconds} s früher fällig, als niemand da war, der ihn sendet',
    ],
    ['it could not be sent in time', 'er konnte nicht rechtzeitig gesendet werden'],
    ['it was cancelled while its package was looked at', 'er wurde abgebrochen, während sein Paket geprüft wurde'],
    ['the robot did not say in time that it has ended it', 'der Roboter hat nicht rechtzeitig gesagt, dass er ihn beendet hat'],
    ['its outcome was not known in time', 'was daraus wurde, war nicht rechtzeitig bekannt'],
    ['the robot did not know of it any more', 'der Roboter wusste nichts mehr davon'],
    ['the robot refused it', 'der Roboter hat ihn abgelehnt'],
    ['the robot failed', 'dem Roboter ist es nicht gelungen'],
    ['by {whom}', 'durch {whom}'],
    ['it cannot be read: {reason}', 'er lässt sich nicht lesen: {reason}'],
]

const literally = (text: string): string => text.replace(/[.*+?^$|()[\]\\]/g, '\\$&')
const patterns = known.map(([english, german]) => {
    const source = literally(english).replace(/\{(\w+)\}/g, '(?<$1>.+?)')
    return { pattern: new RegExp(`^${source}$`, 's'), german }
})

/** The beginning of what is wrong with a field, where it is named. */
const named = /^(?:Package|Robot|Schedule|Policy)(?:\.\w+)* /
/** Between two faults. */
const between = /; (?=(?:Package|Robot|Schedule|Policy)\b)/

/** What the server says, in the language of the page; what is not known, such as what a robot said, is as it was. */
export const inLanguage = (text: string, to = language): string => (to === 'de' ? german(text) : text)

export const faultsInLanguage = (faults: readonly Fault[]): Fault[] =>
    faults.map(({ path, message }) => ({ path, message: inLanguage(message) }))

function german(text: string): string {
    const parts = text.split(between)
    if (parts.length > 1) return parts.map(german).join('; ')
    const path = named.exec(text)?.[0] ?? ''
    const rest = text.slice(path.length)
    for (const { pattern, german: translated } of patterns) {
        const found = pattern.exec(rest)
        if (!found) continue
        const value = (name: string) => found.groups![name]!
        return path + translated.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'reason' ? german(value(name)) : value(name)))
    }
    return text
}
