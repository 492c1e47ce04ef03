import assert from 'node:assert/strict'
import { systemClock } from '../../../src/lib/index.ts'
import { type Broker, connectBroker, type Message } from '../../../src/mqtt/index.ts'
import { type PickyBroker, startPickyBroker, type Verdict } from '../../support/picky-broker.ts'

describe('what a broker retained', () => {
    const verdicts = new Map<string, Verdict>()
    let server: PickyBroker
    let broker: Broker
    let ending: AbortController
    let got: string[]
    /** What is done two seconds after a subscription was answered, and half a minute after one was refused. */
    let over: (() => void)[]
    let again: (() => void)[]

    beforeEach(async () => {
        verdicts.clear()
        ending = new AbortController()
        got = []
        over = []
        again = []
        server = await startPickyBroker((filter) => verdicts.get(filter) ?? 'granted')
        await server.retain('cmnd/plug/POWER', 'ON')
        const after = (ms: number, run: () => void) => {
            const list = ms === 2000 ? over : ms === 30_000 ? again : undefined
            if (!list) return systemClock.after(ms > 500 && ms < 10_000 ? 0 : ms, run)
            list.push(run)
            return () => void (list.includes(run) && list.splice(list.indexOf(run), 1))
        }
        const options = { protocol: 'mqtt', host: '127.0.0.1', port: server.port, path: '', clientId: '', version: '3.1.1' } as const
        broker = connectBroker({ ...options, log: () => {} }, { clock: { ...systemClock, after }, token: () => 'test' })
    })
    afterEach(async () => {
        ending.abort()
        await broker.close()
        await server.close()
    })

    const take = ({ topic, payload, retained }: Message) => void got.push(`${topic} ${payload}${retained ? ' retained' : ''}`)
    const until = async (holds: () => boolean) => {
        for (const end = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
            assert.ok(Date.now() < end, 'it did not happen')
    }
    const end = () => over.splice(0).forEach((run) => void run())

    it('is heard at the beginning of each connection, and what is sent then or later is not', async () => {
        broker.retained(['cmnd/plug/+'], take, ending.signal)
        broker.subscribe(['stat/#'], take, ending.signal)
        await broker.subscribed(ending.signal)
        broker.publish('cmnd/plug/POWER', 'OFF')
        await until(() => got.length > 0 && over.length > 0)
        end()
        await until(() => server.left.length > 0)
        broker.publish('cmnd/plug/POWER', 'OFF')
        broker.publish('stat/x', '1')
        await until(() => got.includes('stat/x 1'))
        assert.deepEqual(got, ['cmnd/plug/POWER ON retained', 'stat/x 1'])
        assert.deepEqual(server.left, ['cmnd/plug/+'])
        server.cut()
        await until(() => got.length === 3)
        assert.deepEqual([got[2], server.asked.filter((filter) => filter === 'cmnd/plug/+').length], [got[0], 2])
    })

    it('is no reason to stop hearing what somebody else listens to', async () => {
        broker.retained(['cmnd/plug/+'], take, ending.signal)
        broker.subscribe(['cmnd/#'], take, ending.signal)
        await broker.subscribed(ending.signal)
        await until(() => got.length === 2 && over.length > 0)
        end()
        broker.publish('cmnd/plug/POWER', 'OFF')
        await until(() => got.length === 3)
        assert.equal(got[2], 'cmnd/plug/POWER OFF')
        assert.deepEqual(server.left, [])
    })

    it('is heard later where the broker refuses it at first, and until then it is said so', async () => {
        verdicts.set('cmnd/plug/+', 'refused')
        broker.retained(['cmnd/plug/+'], take, ending.signal)
        broker.subscribe(['stat/#'], take, ending.signal)
        await broker.subscribed(ending.signal)
        end()
        assert.match(broker.reason ?? '', /refuses the subscription to "cmnd\/plug\/\+"/)
        verdicts.clear()
        again.shift()!()
        await until(() => got.length === 1 && over.length > 0)
        assert.equal(broker.reason, undefined)
        end()
        await until(() => server.left.length === 1)
    })

    it('is heard by one who comes later', async () => {
        broker.retained(['cmnd/plug/+'], take, ending.signal)
        await until(() => got.length === 1 && over.length > 0)
        end()
        await until(() => server.left.length === 1)
        const late: string[] = []
        broker.retained(['cmnd/plug/+'], ({ topic }) => void late.push(topic), ending.signal)
        await until(() => late.length === 1 && over.length > 0)
        end()
        await until(() => server.left.length === 2)
        assert.equal(got.length, 1)
    })
})
