// The MQTT broker of `npm start` with a simulated plug on it, or the broker that the environment names.
import { type EmbeddedBroker, startBroker } from '../simulators/broker.ts'
import { Plug } from '../simulators/plug/plug.ts'

export interface Power {
    /** For Node-RED. */
    env: Record<string, string>
    /** For the reader, one line. */
    description: string
    close(): Promise<void>
}

const none = async () => {}

/** A broker named by `MQTT_HOST` is somebody's own, and so is what already listens on a given `MQTT_PORT`: no plug is simulated there. */
export async function startPower(env: NodeJS.ProcessEnv): Promise<Power> {
    const { MQTT_HOST: host, MQTT_PORT: port, MQTT_TOPIC: topic = 'smart-socket' } = env
    if (host) return { env: {}, description: `yours, ${host}:${port || 1883}, topic ${topic}`, close: none }
    const broker = await embedded(Number(port || 1883), !port)
    if (!broker) return { env: {}, description: `yours, 127.0.0.1:${port}, topic ${topic}`, close: none }
    const plug = await Plug.connect({ url: broker.url, topic, curve: 'heater' })
    plug.on('relay', (_relay, on, cause) => console.log(`[plug] ${on ? 'on' : 'off'} (${cause})`))
    return {
        env: { MQTT_HOST: '127.0.0.1', MQTT_PORT: String(broker.port) },
        description: `${broker.url} (embedded), with a simulated Tasmota plug, topic ${topic}`,
        async close() {
            await plug.close()
            await broker.close()
        },
    }
}

/** On `port`; where that is taken on any other, or not at all. */
async function embedded(port: number, orAnother: boolean): Promise<EmbeddedBroker | undefined> {
    try {
        return await startBroker(port)
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
        return orAnother ? await startBroker(0) : undefined
    }
}
