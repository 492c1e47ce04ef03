import { randomBytes } from 'node:crypto'
import { systemClock } from '../lib/index.ts'
import type { Broker, BrokerOptions } from './broker.ts'
import { Connection } from './connection.ts'

export type { Broker, BrokerOptions, Message } from './broker.ts'
export { heartbeat } from './heartbeat.ts'

/** Where the time and what nobody else has come from. */
const machine = { clock: systemClock, token: () => randomBytes(6).toString('hex') }

/** Connects to a broker, and goes on trying for ever: at once, then after 1 s, doubling up to 30 s. */
export function connectBroker(options: BrokerOptions, { clock, token } = machine): Broker {
    return new Connection(options, clock, options.clientId || `socketworks_${token()}`)
}
