import { checked, choice, flag, int, optionalNode, settings, text, topic, variable } from '../../src/node-red/fields.ts'

export const BrokerConfig = settings({
    name: text(),
    protocol: choice('mqtt', 'mqtts', 'ws', 'wss'),
    host: text('127.0.0.1'),
    /** 0 means the protocol's own. */
    port: int({ fallback: 0, min: 0, max: 65_535 }),
    /** Only for ws and wss. */
    path: text('/mqtt'),
    tls: optionalNode('tls-config'),
    userEnv: variable('user', 'MQTT_USERNAME'),
    passwordEnv: variable('password', 'MQTT_PASSWORD'),
    version: choice('3.1.1', '5'),
    clientId: text(),
    willTopic: topic(),
    willPayload: text(),
    willQos: choice('0', '1', '2'),
    willRetain: flag(false),
    /** Further options of MQTT.js, as JSON. */
    options: checked(text(), (value) => value === '' || isObject(value), 'must be a JSON object'),
})

export const credentials = { user: { type: 'text' }, password: { type: 'password' } } as const

function isObject(json: string): boolean {
    try {
        const value: unknown = JSON.parse(json)
        return typeof value === 'object' && value !== null && !Array.isArray(value)
    } catch {
        return false
    }
}
