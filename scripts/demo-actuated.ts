// The simulated devices of `npm start` that take commands: a lamp and a heater.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ActuatedDevice } from '../simulators/actuated/device.ts'
import { keepTokens } from './demo-keys.ts'

const devices = [
    { id: 'lamp', kind: 'led' },
    { id: 'heater', kind: 'thermostat' },
] as const

/** Makes the keys and tokens of the actuation gateway, where there are none. */
export const makeDemoTokens = (userDir: string): Promise<void> =>
    keepTokens(join(userDir, 'keys'), [{ sub: 'caller', role: 'user' }, ...devices.map(({ id }) => ({ sub: id, role: 'device' }))])

/** Connects them; they come back by themselves. @returns what stops them */
export function startActuated(userDir: string, port: number): () => void {
    const common = { url: `ws://127.0.0.1:${port}/actuation`, answers: true, delay: 200, refuse: 0, silent: 0, vanish: 0, wrong: 0 }
    const all = devices.map(({ id, kind }) => {
        const token = readFileSync(join(userDir, 'keys', `${id}.token`), 'utf8')
        return new ActuatedDevice({ ...common, id, kind, token, reconnect: 2000, random: Math.random })
    })
    return () => {
        for (const device of all) device.stop()
    }
}
