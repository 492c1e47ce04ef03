import assert from 'node:assert/strict'
import { tool } from '../scripts/tools.ts'
import { openChromium } from './support/chromium.ts'
import { startMosquitto } from './support/mosquitto.ts'

/** Runs something with a variable of the environment as wanted. */
async function having<T>(variable: string, value: string, run: () => T | Promise<T>): Promise<T> {
    const before = process.env[variable]
    process.env[variable] = value
    try {
        return await run()
    } finally {
        if (before === undefined) delete process.env[variable]
        else process.env[variable] = before
    }
}

describe('the programs that tests use', () => {
    it('are where their variables say, for those who install them and for the tests alike', async () => {
        const nowhere = '/nowhere/at-all'
        for (const [variable, name, start] of [
            ['CHROMIUM_PATH', 'chromium', openChromium],
            ['MOSQUITTO_PATH', 'mosquitto', startMosquitto],
        ] as const)
            await having(variable, nowhere, async () => {
                assert.equal(tool(name), nowhere)
                await assert.rejects(async () => await start(), /nowhere/)
            })
    })
})
