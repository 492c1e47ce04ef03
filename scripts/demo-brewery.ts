// The fermenter of `npm start`: a simulated vessel whose heater is at a plug of its own, and a profile that it follows.
import { Plug } from '../simulators/plug/plug.ts'
import { Vessel } from '../simulators/vessel/vessel.ts'

const heater = 'fermenter-heater'
const sensor = 'fermenter/temperature'

/** For Node-RED. The vessel's time passes faster, so that its heater has to be switched sooner than a real one. */
export const breweryEnv = (env: NodeJS.ProcessEnv): Record<string, string> => ({
    BREWERY_HEATER: heater,
    BREWERY_SENSOR: sensor,
    BREWERY_MIN_ON: env.BREWERY_MIN_ON ?? '5 s',
    BREWERY_MIN_OFF: env.BREWERY_MIN_OFF ?? '5 s',
})

/** Has a vessel and the plug of its heater on a broker. @returns what takes them off again */
export async function startFermenter(url: string): Promise<() => Promise<void>> {
    const plug = new Plug({ url, topic: heater, name: 'Fermenter heater (simulated)', curve: 'belt' })
    await plug.start()
    const vessel = new Vessel({ url, topic: sensor, id: 'fermenter', plug: heater, watts: 60, every: 40, speed: 20 })
    return async () => {
        await vessel.close()
        await plug.close()
    }
}

const documents: Record<string, object> = {
    'profiles/ale': {
        name: 'Ale, a week in an hour',
        steps: [
            { type: 'set', value: 20 },
            { type: 'hold', duration: 900, band: 0.5, for: 30 },
            { type: 'ramp', to: 23, duration: 900 },
            { type: 'hold', duration: 900 },
            { type: 'ramp', to: 19, duration: 900 },
        ],
    },
    'io/fermenter': {
        controller: 'fermenter',
        kind: 'arduino',
        pins: [
            { name: 'beer temperature', direction: 'input', address: 'A0', unit: '°C' },
            { name: 'heater', direction: 'output', address: 6 },
        ],
    },
    'settings/unit': { value: '°C' },
}

/** Fills the brewery and starts its profile, unless there is something already: the flow may have been edited, so that nobody takes it. */
export async function fillBrewery(port: number): Promise<void> {
    const url = `http://127.0.0.1:${port}`
    const send = (method: string, path: string, body: object) =>
        fetch(`${url}/${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    try {
        const { records } = await (await fetch(`${url}/profiles?limit=1`)).json()
        if (records?.length !== 0) return
        for (const [path, document] of Object.entries(documents)) await send('PUT', path, document)
        await send('POST', 'fermentation/start', { id: 'ale', by: 'npm start' })
    } catch (error) {
        console.error(`The brewery of the demo could not be filled: ${error}`)
    }
}
