import assert from 'node:assert/strict'
import { Tasmota } from '../../../src/power/families/tasmota/tasmota.ts'

const open = (relay = 1) => {
    const tasmota = new Tasmota({ topic: 'plug', fullTopic: '%prefix%/%topic%/', relay })
    return (leaf: string, payload: unknown) =>
        tasmota.read(leaf, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), false)
}
const unclear = [{ kind: 'unclear', ask: { topic: 'cmnd/plug/StateText', payload: '' } }]
const relay = (on: boolean, how: 'echo' | 'answer' | 'periodic') => ({ kind: 'relay', on, how })
const words = { StateText1: 'AUS', StateText2: 'EIN', StateText3: 'TOGGLE', StateText4: 'HOLD' }

describe('a Tasmota plug with words of its own', () => {
    it('is asked what it means', () => {
        for (const [leaf, payload] of [
            ['stat/plug/RESULT', { POWER: 'EIN' }],
            ['stat/plug/POWER', 'EIN'],
            ['tele/plug/STATE', { POWER: 'EIN' }],
            ['stat/plug/STATUS11', { StatusSTS: { POWER: 'EIN' } }],
        ] as const)
            assert.deepEqual(open()(leaf, payload), unclear, leaf)
    })

    it('is understood at once after it has told its words, and what it said before that too', () => {
        const hear = open()
        assert.deepEqual(hear('stat/plug/RESULT', { POWER: 'EIN' }), unclear)
        assert.deepEqual(hear('stat/plug/POWER', 'EIN'), unclear)
        assert.deepEqual(hear('stat/plug/RESULT', words), [relay(true, 'echo')])
        assert.deepEqual(hear('stat/plug/RESULT', words), [])
        assert.deepEqual(hear('stat/plug/POWER', 'aus'), [relay(false, 'echo')])
        assert.deepEqual(hear('tele/plug/STATE', { POWER: 'EIN' }), [relay(true, 'periodic')])
        assert.deepEqual(hear('stat/plug/POWER', 'OFF'), [relay(false, 'echo')])
    })

    it('is understood by its state where it does not tell its words, each time', () => {
        const hear = open()
        for (const [said, Power, on] of [
            ['EIN', '1', true],
            ['AUS', 0, false],
        ] as const) {
            hear('stat/plug/POWER', said)
            assert.deepEqual(hear('stat/plug/STATUS', { Status: { Power } }), [relay(on, 'echo'), relay(on, 'answer')])
            assert.deepEqual(hear('stat/plug/STATUS', { Status: { Power } }), [relay(on, 'answer')])
        }
        assert.deepEqual(hear('stat/plug/POWER', 'EIN'), unclear)
    })

    it('that did something since which was understood, is believed that', () => {
        const hear = open()
        hear('stat/plug/POWER', 'BLINK ON')
        assert.deepEqual(hear('stat/plug/POWER', 'OFF'), [relay(false, 'echo')])
        assert.deepEqual(hear('stat/plug/STATUS', { Status: { Power: 0 } }), [relay(false, 'answer')])
    })

    it('may change them, or have ON for off', () => {
        const hear = open()
        hear('stat/plug/RESULT', words)
        hear('stat/plug/RESULT', { StateText2: 'AN' })
        assert.deepEqual(hear('stat/plug/POWER', 'AN'), [relay(true, 'echo')])
        assert.deepEqual(hear('stat/plug/POWER', 'EIN'), unclear)
        assert.deepEqual(hear('stat/plug/POWER', 'AUS'), [relay(false, 'echo')])
        hear('stat/plug/STATETEXT', { StateText1: 'ON', StateText2: 'OFF' })
        assert.deepEqual(hear('stat/plug/POWER', 'ON'), [relay(false, 'echo')])
        hear('stat/plug/RESULT', { StateText1: 'X', StateText2: 'X' })
        assert.deepEqual(hear('stat/plug/POWER', 'X'), unclear)
        assert.deepEqual(hear('stat/plug/POWER', 'ON'), [relay(true, 'echo')])
    })

    it('is asked about its own relay only', () => {
        const hear = open(2)
        assert.deepEqual(hear('stat/plug/POWER1', 'EIN'), [])
        assert.deepEqual(hear('stat/plug/POWER2', 'EIN'), unclear)
        assert.deepEqual(hear('stat/plug/STATUS', { Status: { Power: '0010' } }), [relay(true, 'echo'), relay(true, 'answer')])
    })

    it('is asked about nothing that cannot be a word', () => {
        for (const said of ['', ' ', 'x'.repeat(33), '\0', '{', '["EIN"]', '"EIN"', 'E\nIN'])
            assert.deepEqual(open()('stat/plug/POWER', said), [])
        for (const POWER of [null, {}, ['EIN'], '', 'x'.repeat(1000)]) assert.deepEqual(open()('stat/plug/RESULT', { POWER }), [])
    })
})
