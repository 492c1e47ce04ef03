import assert from 'node:assert/strict'
import { once } from 'node:events'
import helper from 'node-red-node-test-helper'
import deviceState from '../../nodes/device-state/runtime.ts'
import endpoint from '../../nodes/device-ws-endpoint/runtime.ts'
import deviceIn from '../../nodes/device-ws-in/runtime.ts'
import deviceOut from '../../nodes/device-ws-out/runtime.ts'
import storeConfig from '../../nodes/store-config/runtime.ts'
import { Fleet } from '../../simulators/fleet/fleet.ts'

describe('SMART-OS devices on a flow', () => {
    let fleet: Fleet | undefined
    beforeEach(() => helper.startServer())
    afterEach(async () => {
        await fleet?.stop()
        await helper.unload()
        await helper.stopServer()
    })

    const load = async (register: boolean) => {
        const node = (id: string, type: string, more: object) => ({ id, type: `socketworks-${type}`, ...more })
        const on = (id: string, type: string, more: object) => node(id, type, { z: 'tab', ...more })
        const flow = [
            { id: 'tab', type: 'tab' },
            node('store', 'store-config', { kind: 'memory' }),
            node('updates', 'device-ws-endpoint', { path: '/update/', protocol: 'smart-os-device' }),
            on('in', 'device-ws-in', { endpoint: 'updates', wires: [['state'], [], []] }),
            on('state', 'device-state', { store: 'store', register, wires: [['changed'], ['answer'], ['answer']] }),
            on('answer', 'device-ws-out', { endpoint: 'updates', to: 'reply', wires: [[], []] }),
            on('tell', 'device-ws-out', { endpoint: 'updates', to: 'peers', peer: 'topic', wires: [[], []] }),
            { id: 'changed', z: 'tab', type: 'helper' },
        ]
        await helper.load([storeConfig, endpoint, deviceIn, deviceOut, deviceState] as never, flow as never)
    }
    const start = (devices: number) => {
        const url = `${helper.url().replace('http', 'ws')}/update/`
        fleet = Fleet.start({ url, devices, minInterval: 0.05, maxInterval: 0.1, start: 'init' })
        return fleet
    }

    it('are registered, stored and answered OK', async () => {
        await load(true)
        const serials = new Set<string>()
        helper.getNode('changed').on('input', (msg: any) => {
            if (msg.payload.registered) serials.add(msg.payload.id)
        })
        const fleet = start(20)
        while (fleet.counts.ok < 200) await once(fleet, 'answer')
        assert.equal(fleet.counts.error, 0)
        assert.equal(serials.size, 20)
    })

    it('are answered ERROR where nobody knows them', async () => {
        await load(false)
        const fleet = start(3)
        while (fleet.counts.error < 6) await once(fleet, 'answer')
        assert.equal(fleet.counts.ok, 0)
    })

    it('are told to change a parameter, and report it', async () => {
        await load(true)
        const fleet = start(1)
        while (fleet.counts.ok < 2) await once(fleet, 'answer')
        const reported = new Promise<void>((resolve) => {
            helper.getNode('changed').on('input', (msg: any) => msg.payload.changed.country === 'XX' && resolve())
        })
        helper.getNode('tell').receive({ topic: '0001', payload: { id: '0001', set: { country: 'XX' } } } as never)
        await reported
        assert.equal(fleet.devices.get('0001')!.parameters.get('country'), 'XX')
    })
})
