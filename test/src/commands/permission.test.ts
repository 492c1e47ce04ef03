import assert from 'node:assert/strict'
import { checkAllowed } from '../../../src/commands/index.ts'

describe('the claim commands of a token', () => {
    const aim = { device: 'lamp-1', component: 'led', command: 'LED.v1.0' }
    const isAllowed = (claim: unknown): boolean => {
        try {
            checkAllowed(claim, aim)
            return true
        } catch (error) {
            assert.equal((error as { code: string }).code, 'FOREIGN_COMMAND')
            return false
        }
    }

    const allowing = [undefined, [{}], [{ device: 'x' }, { device: 'lamp-*' }], [aim], [{ command: '*', component: 'led' }]]
    for (const claim of allowing) it(`allows a command: ${JSON.stringify(claim)}`, () => assert.ok(isAllowed(claim)))

    const refusing = [
        ...[null, 'LED.v1.0', {}, [], [null], ['led'], [{ device: 'lamp' }], [{ device: '*-1' }]],
        ...[[{ device: 'lamp-1', component: 'door' }], [{ devices: 'lamp-1' }], [{ device: ['lamp-1'] }], [{ device: 7 }]],
    ]
    for (const claim of refusing) it(`refuses one: ${JSON.stringify(claim)}`, () => assert.ok(!isAllowed(claim)))
})
