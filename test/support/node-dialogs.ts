/** What Node-RED puts a variable of the environment in for. */
export const env = (name: string) => `\${${name}}`

type Typed = [type: string, value: string]

export interface Dialog {
    /** What is put into its fields. */
    fill: Record<string, string | boolean>
    typed?: Record<string, Typed>
    /** What the node is called. */
    en: string
    de: string
}

/** Of each node. */
export const nodes: Record<string, Dialog> = {
    'start-instance': { fill: { socket: 'socket' }, typed: { timeout: ['num', '90000'] }, en: 'start instance', de: 'Instanz starten' },
    'stop-instance': {
        fill: { socket: 'socket' },
        typed: { instanceId: ['jsonata', 'req.params.id'] },
        en: 'stop instance',
        de: 'Instanz stoppen',
    },
    wait: { fill: { store: 'store' }, typed: { duration: ['flow', 'seconds'] }, en: 'wait', de: 'warten' },
    'emergency-stop': { fill: { socket: 'socket' }, en: 'emergency stop', de: 'Not-Halt' },
    recover: { fill: { socket: 'socket' }, en: 'recover', de: 'Not-Halt aufheben' },
    'energy-report': { fill: { store: 'store' }, typed: { bucket: ['str', 'auto'] }, en: 'energy report', de: 'Energiebericht' },
    'energy-price': { fill: { socket: 'socket' }, typed: { price: ['num', '0.32'] }, en: 'energy price', de: 'Energiepreis' },
    instance: {
        fill: { socket: 'socket', operation: 'list' },
        typed: { state: ['str', 'stopped'], limit: ['num', '7'], from: ['msg', 'payload.since'], to: ['request', 'until'] },
        en: 'instance',
        de: 'Instanz',
    },
    'socket-status': { fill: { socket: 'socket', content: 'download' }, en: 'socket status', de: 'Steckdosenstatus' },
    'power-monitor': {
        fill: { socket: 'socket', detect: true, startPower: '60', startHold: '1.5', 'startHold-unit': 'min', finishPower: '4.5' },
        en: 'power monitor',
        de: 'Leistungsmonitor',
    },
    'event-stream': {
        fill: {
            endpoint: 'viewers',
            latest: 'reading, temperature',
            most: '50',
            mostBytes: '64',
            'mostBytes-unit': 'kB',
            mostReaders: '20',
        },
        typed: { state: ['flow', 'state'] },
        en: 'event stream',
        de: 'Ereignisstrom',
    },
    'callback-accept': { fill: { store: 'store', hosts: '*.example.org, 10.0.0.7:8080' }, en: 'callback accept', de: 'Callback annehmen' },
    'callback-reply': { fill: { store: 'store', giveUp: env('HOURS') }, en: 'callback reply', de: 'Callback beantworten' },
    'device-state': {
        fill: { store: 'store', fleet: 'kettles', register: true, history: true, historyDays: '7' },
        typed: { device: ['msg', 'topic'], set: ['json', '{"power":1}'] },
        en: 'device state',
        de: 'Gerätezustand',
    },
    'device-query': {
        fill: { store: 'store', fleet: 'kettles', own: true },
        typed: { filter: ['json', '[{"property":"power","op":">","value":5}]'], limit: ['num', '50'] },
        en: 'device query',
        de: 'Geräteabfrage',
    },
    'device-history': {
        fill: { store: 'store', fleet: 'kettles', own: true },
        typed: { property: ['str', 'power'], limit: ['num', '50'] },
        en: 'device history',
        de: 'Geräteverlauf',
    },
    'device-view': {
        fill: { store: 'store', endpoint: 'viewers', own: true },
        typed: { filter: ['json', '[{"property":"power","op":">","value":5}]'], limit: ['num', '50'] },
        en: 'device view',
        de: 'Geräteansicht',
    },
    'log-file': {
        fill: { file: 'kettles.log', by: 'day', keep: '14', 'keep-unit': 'h' },
        typed: { line: ['jsonata', '$now() & payload'] },
        en: 'log file',
        de: 'Protokolldatei',
    },
    'device-command': {
        fill: {
            endpoint: 'viewers',
            store: 'store',
            callers: 'token',
            ttl: '5',
            'ttl-unit': 'min',
            timeout: '20',
            listed: true,
            depth: '7',
        },
        typed: { device: ['str', 'lamp'], params: ['json', '[{"name":"LED","value":"1"}]'], wait: ['num', '30'] },
        en: 'device command',
        de: 'Gerätebefehl',
    },
    'job-schedule': {
        fill: {
            store: 'store',
            queue: 'chores',
            kind: 'message',
            timeZone: 'Europe/Berlin',
            misfire: 'grace',
            grace: '2',
            'grace-unit': 'h',
        },
        typed: { content: ['str', 'water the plants'], schedule: ['str', '0 9 * * 1-5'], key: ['msg', 'topic'] },
        en: 'job schedule',
        de: 'Auftrag planen',
    },
    'job-due': {
        fill: {
            store: 'store',
            queue: 'chores',
            endpoint: 'viewers',
            inFlight: '2',
            spacing: '5',
            'spacing-unit': 's',
            hosts: '*.example.org',
        },
        en: 'job due',
        de: 'Auftrag fällig',
    },
    'job-report': {
        fill: { store: 'store', queue: 'chores', success: 'super, fertig', failure: 'kaputt' },
        typed: { robot: ['msg', 'topic'], answer: ['jsonata', 'payload.text'] },
        en: 'job report',
        de: 'Auftragsmeldung',
    },
    'job-control': {
        fill: { store: 'store', queue: 'chores', operation: 'list' },
        typed: { state: ['str', 'due'], robot: ['msg', 'req.query.robot'], limit: ['num', '7'] },
        en: 'job control',
        de: 'Auftrag steuern',
    },
    'command-catalogue': {
        fill: { store: 'store', operation: 'put' },
        typed: { component: ['str', 'led'], commands: ['json', '{}'], version: ['num', '2'] },
        en: 'command catalogue',
        de: 'Befehlskatalog',
    },
    alarm: {
        fill: { store: 'store', operation: 'watch', silence: '90', 'silence-unit': 's' },
        typed: { alarm: ['str', 'vessel'], high: ['num', '25'] },
        en: 'alarm',
        de: 'Alarm',
    },
    'channel-in': { fill: { store: 'store', channel: 'tanks/*', source: 'peers' }, en: 'channel in', de: 'Kanal-Eingang' },
    'channel-out': {
        fill: { store: 'store' },
        typed: { channel: ['msg', 'req.params.channel'], key: ['str', 'tank1'] },
        en: 'channel out',
        de: 'Kanal-Ausgang',
    },
    records: {
        fill: { store: 'store', operation: 'put', tell: false },
        typed: { collection: ['str', 'profiles'], key: ['msg', 'req.params.id'], schema: ['json', '{}'], version: ['num', '2'] },
        en: 'records',
        de: 'Datensätze',
    },
    thermostat: {
        fill: { store: 'store', lease: 'kettle', control: 'pid', gain: '0.25', minOn: '2', 'minOn-unit': 'min' },
        typed: { setPoint: ['num', '65'] },
        en: 'thermostat',
        de: 'Thermostat',
    },
    profile: {
        fill: { store: 'store', vessel: 'kettle', operation: 'start', resolution: '0.5' },
        typed: { profile: ['json', '{"points":[]}'] },
        en: 'profile',
        de: 'Profil',
    },
    'broker-in': { fill: { broker: 'broker', topic: 'plants/+/state' }, en: 'broker in', de: 'Broker-Eingang' },
    'device-ws-in': { fill: { endpoint: 'viewers' }, en: 'device in', de: 'Geräte-Eingang' },
    'device-ws-out': {
        fill: { endpoint: 'viewers', to: 'peers', delivery: 'kept', ttl: '60', 'ttl-unit': 'min', store: 'store' },
        typed: { peer: ['str', 'lamp'], content: ['jsonata', 'payload.text'] },
        en: 'device out',
        de: 'Geräte-Ausgang',
    },
}
