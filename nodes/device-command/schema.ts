import { choice, duration, flag, int, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

export const DeviceCommandConfig = settings({
    name: text(),
    endpoint: requiredNode('socketworks-device-ws-endpoint'),
    /** Where commands and how they ended are kept. */
    store: requiredNode('socketworks-store-config'),
    operation: choice('send', 'get', 'list', 'withdraw', 'devices', 'check'),
    /** Who may do that: everybody, or whoever has a token that names the account. */
    callers: choice('anyone', 'token'),
    /** The role that a caller's token has in the account; blank for any but that of devices. */
    callerRole: text(),
    /** The token of who wants that, where one is needed. */
    ...typed('token', { value: 'req.headers.authorization', literals: [], blank: true }),
    ...typed('account', { value: 'payload.accountId', literals: ['str'], blank: true }),
    ...typed('device', { value: 'payload.deviceId', literals: ['str'], blank: true }),
    ...typed('component', { value: 'payload.componentId', literals: ['str'], blank: true }),
    ...typed('command', { value: 'payload.command', literals: ['str'] }),
    ...typed('params', { value: 'payload.params', literals: ['json'], blank: true }),
    /** The id of a command. */
    ...typed('commandId', { value: 'payload.id', literals: ['str'] }),
    /** Who gives the command, for the record. */
    ...typed('caller', { value: 'payload.caller', literals: ['str'], blank: true }),
    /** What it came by, for the record. */
    ...typed('origin', { value: '', type: 'str', literals: ['str'], blank: true }),
    /** The latest time at which it may be sent. */
    ...typed('notAfter', { value: 'payload.notAfter', literals: ['str'], blank: true }),
    ...typed('idempotencyKey', { value: 'payload.idempotencyKey', literals: ['str'], blank: true }),
    ...typed('collapseKey', { value: 'payload.collapseKey', literals: ['str'], blank: true }),
    /** Seconds for which the message waits for the end of the command. */
    ...typed('wait', { value: '0', type: 'num', literals: ['num'], min: 0, max: 3600 }),
    /** Commands of a list. */
    ...typed('limit', { value: 'payload.limit', literals: ['num'], min: 1, max: 1000, whole: true }),
    /** Whether a command is kept for a device that is away. */
    keep: flag(true),
    /** Seconds for which it is kept unless a message says until when. */
    ttl: duration('s', { fallback: 60, min: 1, max: 31_536_000 }),
    /** Seconds that the device may take to answer once it was sent. */
    timeout: duration('s', { fallback: 10, min: 0.1, max: 86_400 }),
    /** Whether it is sent again if the connection breaks before it is known to have arrived. */
    resend: flag(true),
    /** Whether commands to components that are not in the catalogue are refused. */
    listed: flag(false),
    /** Commands that may be under way for a device. */
    depth: int({ fallback: 100, min: 1, max: 10_000 }),
})
