import * as v from 'valibot'
import { choice, flag, int, text, topic } from '../../src/node-red/fields.ts'

const options = v.pipe(
    text(),
    v.check((value) => value === '' || isObject(value), 'must be a JSON object'),
)

export const BrokerConfig = v.object({
    name: text(),
    protocol: choice('mqtt', 'mqtts', 'ws', 'wss'),
    host: text('127.0.0.1'),
    /** 0 means the protocol's own. */
    port: int({ fallback: 0, min: 0, max: 65_535 }),
    /** Of ws and wss. */
    path: text('/mqtt'),
    clientId: text(),
    version: choice('3.1.1', '5'),
    /** Names of environment variables, for flows that are given away; the credentials come first. */
    userEnv: text(),
    passwordEnv: text(),
    tls: v.optional(v.string(), ''),
    willTopic: topic(),
    willPayload: text(),
    willQos: choice('0', '1', '2'),
    willRetain: flag(false),
    /** Further options of MQTT.js, as JSON. */
    options,
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
