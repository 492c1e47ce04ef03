// The simulated devices of `npm start`, which report to the fleet observer.
import { Fleet } from '../simulators/fleet/fleet.ts'

export interface DemoFleet {
    /** For the reader, one line. */
    description: string
    /** Connects them, for as long as it takes; once they are, they come back by themselves. */
    start(port: number): void
    stop(): Promise<void>
}

const [USUAL, MOST] = [24, 2000]

/** @throws when `FLEET` is no number of devices */
export function demoFleet(env: NodeJS.ProcessEnv): DemoFleet {
    const devices = Number(env.FLEET || USUAL)
    if (!Number.isInteger(devices) || devices < 0 || devices > MOST)
        throw new Error(`FLEET must be a number of simulated devices from 0 to ${MOST}, not ${env.FLEET}`)
    let fleet: Fleet | undefined
    return {
        description: devices === 0 ? 'no simulated devices' : `${devices} simulated devices; FLEET=300 npm start simulates more`,
        start(port) {
            const token = env.DEVICE_TOKEN
            const url = `ws://127.0.0.1:${port}/update/`
            fleet ??= devices === 0 ? undefined : Fleet.start({ url, devices, shape: 'sine', ...(token ? { token } : {}) })
        },
        stop: async () => fleet?.stop(),
    }
}
