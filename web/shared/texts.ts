/** A text in both languages; `{name}` in it stands for a value. */
type Text = readonly [english: string, german: string]

/** The language of the browser, if the pages speak it. */
export const language = navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en'

const shared = {
    connecting: ['Connecting…', 'Verbinden …'],
    open: ['Live', 'Live'],
    waiting: ['Not connected – next try in {seconds} s', 'Nicht verbunden – nächster Versuch in {seconds} s'],
    waitingReason: ['Not connected ({reason}) – next try in {seconds} s', 'Nicht verbunden ({reason}) – nächster Versuch in {seconds} s'],
    neverOpen: [
        'Cannot connect – next try in {seconds} s. A token may be needed.',
        'Keine Verbindung – nächster Versuch in {seconds} s. Vielleicht fehlt ein Token.',
    ],
    silence: ['the server does not answer', 'der Server antwortet nicht'],
    age: ['as of {age} ago', 'Stand vor {age}'],
    tryNow: ['Try now', 'Jetzt versuchen'],
    unsendable: ['The token has characters that cannot be sent.', 'Das Token enthält Zeichen, die sich nicht senden lassen.'],
    close: ['Close', 'Schließen'],
    theme: ['Theme', 'Farben'],
    auto: ['System', 'System'],
    light: ['Light', 'Hell'],
    dark: ['Dark', 'Dunkel'],
    pages: ['Pages', 'Seiten'],
    previous: ['Previous page', 'Vorige Seite'],
    next: ['Next page', 'Nächste Seite'],
    page: ['{from}–{to} of {total}', '{from}–{to} von {total}'],
    access: ['Access', 'Zugang'],
    token: ['Token', 'Token'],
    useToken: ['Connect', 'Verbinden'],
    tokenHint: ['Kept in this tab only.', 'Bleibt nur in diesem Tab.'],
    noServer: ['the server does not answer', 'der Server antwortet nicht'],
    unauthorized: ['the server asks for a user name and password', 'der Server verlangt Benutzername und Passwort'],
    noEndpoint: ['the flow has no {endpoint}', 'im Flow gibt es {endpoint} nicht'],
    failed: ['the server answers with {status}', 'der Server antwortet mit {status}'],
    days: ['{days} d', '{days} T'],
    year: ['1 year', '1 Jahr'],
    span: ['How far back', 'Wie weit zurück'],
    earlier: ['Earlier', 'Früher'],
    later: ['Later', 'Später'],
    live: ['Now', 'Jetzt'],
    zoomOut: ['Zoom out', 'Verkleinern'],
} satisfies Record<string, Text>

/** Makes the function that gives the texts of a page, and those that all pages share, in the language of the browser. */
export function texts<Own extends string = never>(own: Record<Own, Text>) {
    const all: Record<string, Text> = { ...shared, ...own }
    return (key: Own | keyof typeof shared, values: Record<string, string | number> = {}): string =>
        all[key]![language === 'de' ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

export const t = texts({})

/** How long ago a time was. @param at milliseconds since 1970 */
export function age(at: number): string {
    const seconds = Math.max(Math.floor((Date.now() - at) / 1000), 0)
    if (seconds < 120) return `${seconds} s`
    return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`
}

/** A time span such as `5 min`. @param seconds a whole number of seconds, minutes or hours */
export function spanText(seconds: number): string {
    if (seconds < 60) return `${seconds} s`
    return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`
}

/** The same for longer ones: `15 min`, `6 h`, `7 d`, `1 year`. */
export function longSpanText(seconds: number): string {
    if (seconds <= 86_400) return spanText(seconds)
    return seconds < 365 * 86_400 ? t('days', { days: seconds / 86_400 }) : t('year')
}
