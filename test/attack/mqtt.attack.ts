import assert from 'node:assert/strict'
import { freePort } from '../../scripts/free-port.ts'
import { Plug } from '../../simulators/plug/plug.ts'
import { HEAP, lives } from '../support/attack.ts'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'
import { type PickyBroker, startPickyBroker, type Verdict } from '../support/picky-broker.ts'
import { example } from '../support/service.ts'

describe('with a broker that is not as it should be', function () {
    this.timeout(50_000)
    let broker: PickyBroker
    let red: RunningNodeRed
    let verdict: Verdict
    before(async () => {
        broker = await startPickyBroker((filter) => (filter.startsWith('stat/smart-socket/') ? verdict : 'granted'))
    })
    after(() => broker.close())
    afterEach(() => red.stop())

    const start = async (env: Record<string, string> = {}) => {
        red = await startNodeRed({
            flows: await example('smart-socket-service'),
            env: { ...HEAP, MQTT_PORT: String(broker.port), SOCKET_CONFIRM: '1', ...env },
        })
    }

    it('a subscription that is never acknowledged is told with its filter, and tried until it is', async () => {
        verdict = 'silence'
        await start()
        await red.waitFor(
            new RegExp(`the broker at 127\\.0\\.0\\.1:${broker.port} does not answer the subscription to .*"stat/smart-socket/\\+"`),
        )
        verdict = 'granted'
        const plug = await Plug.connect({ url: `mqtt://127.0.0.1:${broker.port}` })
        const signal = AbortSignal.timeout(30_000)
        for (;;) {
            const answer = await fetch(`${red.url}/api/instance`, { method: 'POST', signal })
            await answer.arrayBuffer()
            if (answer.status === 200) break
            await new Promise((resolve) => setTimeout(resolve, 200))
        }
        assert.equal(plug.relays[0], true)
        await plug.close()
    })

    it('a subscription that is refused is told with its filter', async () => {
        verdict = 'refused'
        await start()
        await red.waitFor('[socketworks-broker-config:broker] the broker refuses the subscription to "stat/smart-socket/+"')
        await lives(red)
    })

    it('a topic that is too long is refused with the setting, and Node-RED lives on', async () => {
        verdict = 'granted'
        await start({ MQTT_TOPIC: 'x'.repeat(70_000) })
        await red.waitFor(/\[socketworks-socket-config:smart socket\] .*topic: must have at most 65535 bytes/)
        assert.ok(!red.log.includes('x'.repeat(1000)))
        await lives(red)
    })

    it('what keeps it from connecting is logged with its port', async () => {
        const port = await freePort()
        await start({ MQTT_PORT: String(port) })
        await red.waitFor(new RegExp(`nothing answers at 127\\.0\\.0\\.1:${port}$`, 'm'))
    })
})
