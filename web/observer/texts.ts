const english = {
    title: 'Fleet observer',
    view: 'What is shown',
    connecting: 'Connecting…',
    open: 'Live',
    waiting: 'Not connected – next try in {seconds} s',
    waitingReason: 'Not connected ({reason}) – next try in {seconds} s',
    neverOpen: 'Cannot connect – next try in {seconds} s. A token may be needed.',
    silence: 'the server does not answer',
    age: 'as of {age} ago',
    tryNow: 'Try now',
    unsendable: 'The token has characters that cannot be sent.',
    count: '{shown} of {total} devices',
    filters: 'Filters',
    addFilter: 'Add filter',
    removeFilter: 'Remove filter {number}',
    property: 'Property',
    comparison: 'Comparison',
    value: 'Value',
    contains: 'contains',
    silent: 'silent for more than (s)',
    columns: 'Columns',
    showColumn: 'Show {name}',
    up: 'Move {name} forward',
    down: 'Move {name} back',
    close: 'Close',
    animate: 'Flash changes',
    theme: 'Theme',
    auto: 'As the system',
    light: 'Light',
    dark: 'Dark',
    rows: 'Rows',
    all: 'all',
    pages: 'Pages',
    previous: 'Previous page',
    next: 'Next page',
    page: '{from}–{to} of {total}',
    access: 'Access',
    token: 'Token',
    useToken: 'Connect',
    tokenHint: 'Kept in this tab only.',
    table: 'Devices, live',
    sortBy: 'Sort by {name}',
    serial_number: 'Serial number',
    last_status_update: 'Last update',
    device: 'Device {id}',
    span: 'How far back',
    trend: '{name} of the last {span}, now {value}',
    noTrend: '{name} has no numbers to plot.',
    newValue: 'New value',
    set: 'Set',
    pending: 'pending',
    confirmed: 'confirmed',
    failed: 'failed',
    failedReason: 'failed: {reason}',
    offline: 'not connected',
    noAnswer: 'no answer',
    refused: 'Refused: {reason}',
    told: '{name} of {id}: {state}',
    editCell: '{name} of {id}, new value',
    empty: 'No device to show yet. Devices appear as they report.',
    noMatch: 'No device matches the filters.',
    gone: 'It is not in the table any more.',
    keys: 'Arrow keys move in the table, Enter shows a trend, F2 edits.',
}

export type Texts = typeof english

const german: Texts = {
    title: 'Flottenbeobachter',
    view: 'Was gezeigt wird',
    connecting: 'Verbinden …',
    open: 'Live',
    waiting: 'Nicht verbunden – nächster Versuch in {seconds} s',
    waitingReason: 'Nicht verbunden ({reason}) – nächster Versuch in {seconds} s',
    neverOpen: 'Keine Verbindung – nächster Versuch in {seconds} s. Vielleicht fehlt ein Token.',
    silence: 'der Server antwortet nicht',
    age: 'Stand vor {age}',
    tryNow: 'Jetzt versuchen',
    unsendable: 'Das Token enthält Zeichen, die sich nicht senden lassen.',
    count: '{shown} von {total} Geräten',
    filters: 'Filter',
    addFilter: 'Filter hinzufügen',
    removeFilter: 'Filter {number} entfernen',
    property: 'Eigenschaft',
    comparison: 'Vergleich',
    value: 'Wert',
    contains: 'enthält',
    silent: 'still seit mehr als (s)',
    columns: 'Spalten',
    showColumn: '{name} anzeigen',
    up: '{name} nach vorn',
    down: '{name} nach hinten',
    close: 'Schließen',
    animate: 'Änderungen hervorheben',
    theme: 'Farben',
    auto: 'Wie das System',
    light: 'Hell',
    dark: 'Dunkel',
    rows: 'Zeilen',
    all: 'alle',
    pages: 'Seiten',
    previous: 'Vorige Seite',
    next: 'Nächste Seite',
    page: '{from}–{to} von {total}',
    access: 'Zugang',
    token: 'Token',
    useToken: 'Verbinden',
    tokenHint: 'Bleibt nur in diesem Tab.',
    table: 'Geräte, live',
    sortBy: 'Nach {name} sortieren',
    serial_number: 'Seriennummer',
    last_status_update: 'Letzte Meldung',
    device: 'Gerät {id}',
    span: 'Wie weit zurück',
    trend: '{name} der letzten {span}, jetzt {value}',
    noTrend: '{name} hat keine Zahlen für einen Verlauf.',
    newValue: 'Neuer Wert',
    set: 'Setzen',
    pending: 'ausstehend',
    confirmed: 'bestätigt',
    failed: 'gescheitert',
    failedReason: 'gescheitert: {reason}',
    offline: 'nicht verbunden',
    noAnswer: 'keine Antwort',
    refused: 'Abgelehnt: {reason}',
    told: '{name} von {id}: {state}',
    editCell: '{name} von {id}, neuer Wert',
    empty: 'Noch kein Gerät anzuzeigen. Geräte erscheinen, sobald sie sich melden.',
    noMatch: 'Kein Gerät entspricht den Filtern.',
    gone: 'Es ist nicht mehr in der Tabelle.',
    keys: 'Pfeiltasten bewegen in der Tabelle, Eingabe zeigt einen Verlauf, F2 bearbeitet.',
}

export const language = navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en'
const texts = language === 'de' ? german : english

/** A text in the language of whoever looks. */
export const t = (key: keyof Texts, data: Record<string, string | number> = {}): string =>
    texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(data[name] ?? ''))

/** What a column is called: the properties' names are the devices' own, but for a few that this pack adds. */
export const columnName = (property: string): string =>
    property === 'serial_number' || property === 'last_status_update' ? t(property) : property

/** How long ago something was, in seconds, minutes or hours. @param at milliseconds since 1970 */
export function age(at: number): string {
    const seconds = Math.max(Math.floor((Date.now() - at) / 1000), 0)
    if (seconds < 120) return `${seconds} s`
    return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`
}

/** How long a span is, in seconds that make a few of some unit. */
export function spanName(seconds: number): string {
    if (seconds < 60) return `${seconds} s`
    return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`
}
