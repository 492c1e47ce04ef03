// The MQTT broker of `npm start` with simulated plugs on it, or the broker that the environment names.
import { type EmbeddedBroker, startBroker } from '../simulators/broker.ts'
import { Plug } from '../simulators/plug/plug.ts'
import { type DemoPlug, demoPlugs, loadCounters, saveCounters } from './demo-plugs.ts'

export interface Power {
    /** For Node-RED. */
    env: Record<string, string>
    /** For the reader, one line. */
    description: string
    /** Those that are to be simulated; none on somebody's own broker. */
    plugs: readonly DemoPlug[]
    /** Puts them into the mains. @param userDir keeps their counters */
    plugIn(userDir: string): Promise<void>
    close(): Promise<void>
}

/** Milliseconds between two times that the counters are kept: nobody can save them when all is killed. */
const KEEP_EVERY = 60_000

const none = async () => {}
const yours = (where: string, topic: string): Power => ({
    env: {},
    description: `yours, ${where}, topic ${topic}`,
    plugs: [],
    plugIn: none,
    close: none,
})

/** A broker named by `MQTT_HOST` is somebody's own, and so is what already listens on a given `MQTT_PORT`: no plug is simulated there. */
export async function startPower(env: NodeJS.ProcessEnv): Promise<Power> {
    const { MQTT_HOST: host, MQTT_PORT: port, MQTT_TOPIC: topic = 'smart-socket', SOCKET_IDLE_INTERVAL = '30' } = env
    if (host) return yours(`${host}:${port || 1883}`, topic)
    const broker = await embedded(Number(port || 1883), !port)
    if (!broker) return yours(`127.0.0.1:${port}`, topic)
    const plugs = demoPlugs(topic)
    let unplug = none
    return {
        env: { MQTT_HOST: '127.0.0.1', MQTT_PORT: String(broker.port), SOCKET_IDLE_INTERVAL },
        description: `${broker.url} (embedded), with simulated Tasmota plugs, topics ${plugs.map((plug) => plug.topic).join(', ')}`,
        plugs,
        async plugIn(userDir) {
            unplug = await connect(plugs, broker.url, userDir)
        },
        async close() {
            await unplug()
            await broker.close()
        },
    }
}

/** @returns what takes them off again */
async function connect(plugs: readonly DemoPlug[], url: string, userDir: string): Promise<() => Promise<void>> {
    const kept = loadCounters(userDir)
    const open = await Promise.all(
        plugs.map(async ({ topic, name, curve, isOn }) => {
            const plug = new Plug({ url, topic, name, curve })
            const counters = kept[topic]
            if (counters) plug.meter.preset({ total: counters.total, today: isToday(counters.at) ? counters.today : 0 })
            plug.on('relay', (_relay, on, cause) => console.log(`[${name}] ${on ? 'on' : 'off'} (${cause})`))
            await plug.start()
            if (isOn) plug.press()
            return { topic, plug }
        }),
    )
    const keep = () =>
        saveCounters(userDir, Object.fromEntries(open.map(({ topic, plug }) => [topic, { ...plug.meter.counters, at: Date.now() }])))
    const timer = setInterval(keep, KEEP_EVERY)
    return async () => {
        clearInterval(timer)
        keep()
        await Promise.all(open.map(({ plug }) => plug.close()))
    }
}

const isToday = (at: number) => new Date(at).toDateString() === new Date().toDateString()

/** On `port`; where that is taken on any other, or not at all. */
async function embedded(port: number, orAnother: boolean): Promise<EmbeddedBroker | undefined> {
    try {
        return await startBroker(port)
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
        return orAnother ? await startBroker(0) : undefined
    }
}
