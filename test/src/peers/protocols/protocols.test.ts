import assert from 'node:assert/strict'
import * as v from 'valibot'
import { DeviceWsEndpointConfig } from '../../../../nodes/device-ws-endpoint/schema.ts'
import { protocols } from '../../../../src/peers/index.ts'

describe('the protocols of endpoints', () => {
    it('are those that their dialog offers, each under its own name', () => {
        const { protocol } = DeviceWsEndpointConfig.entries
        for (const [name, { name: own }] of Object.entries(protocols)) assert.equal(v.parse(protocol, name), own)
        const offered = protocol.pipe.flatMap((step) => ('options' in step ? [...step.options] : []))
        assert.deepEqual(offered.sort(), Object.keys(protocols).sort())
    })
})
