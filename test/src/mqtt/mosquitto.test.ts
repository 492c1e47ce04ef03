import assert from 'node:assert/strict'
import { type Broker, type BrokerOptions, connectBroker } from '../../../src/mqtt/index.ts'
import { type Mosquitto, startMosquitto } from '../../support/mosquitto.ts'

describe('a connection to Mosquitto', () => {
    let server: Mosquitto
    let broker: Broker
    let ended: AbortController
    const account = { user: 'plug', password: 'right & proper' }

    before(async () => {
        server = await startMosquitto(account)
    })
    after(() => server.close())
    beforeEach(() => {
        ended = new AbortController()
    })
    afterEach(async () => {
        ended.abort()
        await broker.close()
    })

    const open = (options: Partial<BrokerOptions>) => {
        const defaults = { protocol: 'mqtt', host: '127.0.0.1', port: server.port, path: '/mqtt', clientId: '', version: '3.1.1' } as const
        broker = connectBroker({ ...defaults, ...account, log: () => {}, ...options })
    }
    const echo = async () => {
        const back = new Promise<string>((resolve) => broker.subscribe(['a/+'], ({ payload }) => resolve(payload.toString()), ended.signal))
        await broker.subscribed(ended.signal)
        broker.publish('a/b', 'hello')
        assert.equal(await back, 'hello')
    }

    for (const version of ['3.1.1', '5'] as const) {
        it(`speaks MQTT ${version}`, async () => {
            open({ version })
            await echo()
        })

        it(`speaks MQTT ${version} over WebSockets`, async () => {
            open({ version, protocol: 'ws', port: server.wsPort })
            await echo()
        })

        it(`says over MQTT ${version} that the password is wrong, and goes on trying`, async () => {
            open({ version, password: 'secret guess' })
            const reasons: (string | undefined)[] = []
            await new Promise<void>((resolve) =>
                broker.onState((_state, reason) => {
                    reasons.push(reason)
                    resolve()
                }, ended.signal),
            )
            assert.deepEqual(reasons, ['the broker refused the user name or password'])
            assert.equal(broker.state, 'disconnected')
        })

        it(`gives each message once over MQTT ${version} where filters overlap`, async () => {
            open({ version })
            const got: string[] = []
            for (const filter of ['x/y', 'x/+', 'x/#'])
                broker.subscribe([filter], ({ topic }) => got.push(`${filter} ${topic}`), ended.signal)
            await broker.subscribed(ended.signal)
            broker.publish('x/y', '')
            await echo()
            assert.deepEqual(got.sort(), ['x/# x/y', 'x/+ x/y', 'x/y x/y'])
        })
    }
})
