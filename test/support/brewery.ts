import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Plug } from '../../simulators/plug/plug.ts'
import { Vessel, type VesselOptions } from '../../simulators/vessel/vessel.ts'
import { startAedes, type TestBroker } from './broker.ts'
import { Frames } from './frames.ts'
import { eventually } from './job-server.ts'
import { type RunningNodeRed, type StartOptions, startNodeRed } from './node-red.ts'
import { type Answer, example } from './service.ts'
import { StallingProxy } from './stalling-proxy.ts'

/** The brewing server as its users have it: Node-RED with the example flow, a broker, a plug and a vessel whose time passes 1000 times as fast. */
export class Brewery {
    readonly mqtt: TestBroker
    readonly plug: Plug
    vessel: Vessel
    red: RunningNodeRed
    readonly #options: StartOptions
    readonly #proxies: StallingProxy[] = []

    private constructor(mqtt: TestBroker, plug: Plug, vessel: Vessel, red: RunningNodeRed, options: StartOptions) {
        this.mqtt = mqtt
        this.plug = plug
        this.vessel = vessel
        this.red = red
        this.#options = { ...options, port: red.port, userDir: red.userDir }
    }

    /** @param env over that with times which a test can wait for */
    static async start(env: Record<string, string> = {}): Promise<Brewery> {
        const mqtt = await startAedes()
        const plug = await Plug.connect({ url: mqtt.url, topic: 'fermenter-heater', curve: 'belt' })
        const vessel = await startVessel(mqtt.url)
        const options = { flows: await example('brewery'), env: { MQTT_PORT: String(mqtt.port), SOCKET_CONFIRM: '1', ...quick, ...env } }
        return new Brewery(mqtt, plug, vessel, await startNodeRed(options), options)
    }

    /** Starts Node-RED again on the same files. @param env that is different now */
    async again(env: Record<string, string> = {}): Promise<void> {
        this.red = await startNodeRed({ ...this.#options, env: { ...this.#options.env, ...env } })
    }

    /** Has another vessel in the place of the one there was. */
    async replaceVessel(options: Partial<VesselOptions>): Promise<void> {
        await this.vessel.close()
        this.vessel = await startVessel(this.mqtt.url, options)
    }

    async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
        const response = await fetch(`${this.red.url}${path}`, {
            method,
            redirect: 'manual',
            headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
            ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        })
        return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || 'null') }
    }

    /** A page that has subscribed to channels, once it was told what there was. @param since by channel, where it goes on */
    async page(channels: string[], since: Record<string, string> = {}, port = this.red.port): Promise<Page> {
        const frames = await Frames.open(`ws://127.0.0.1:${port}/push`)
        const page = new Page(frames)
        for (const channel of channels) {
            page.frames.send({ action: 'subscribe', channel, since: since[channel] })
            page.cursors[channel] = (await page.told(({ action, channel: of }) => action === 'ready' && of === channel)).cursor
        }
        return page
    }

    /** Resolves with what a channel has to say of a key, once it fits. */
    async says(key: string, fits: (data: any) => boolean): Promise<any> {
        const page = await this.page(['data'])
        const found = await page.told(({ key: of, data }) => of === key && fits(data))
        page.leave()
        return found.data
    }

    async alarm(id: string): Promise<any> {
        return (await this.ask('GET', `/alarms/${id}`)).body.alarm
    }

    /** Resolves once an alarm is in such a state. */
    async alarmIs(id: string, ...states: string[]): Promise<void> {
        let alarm: any
        await eventually(
            async () => {
                alarm = await this.alarm(id)
                return states.includes(alarm?.state)
            },
            () => `the alarm ${id} is ${JSON.stringify(alarm)}`,
        )
    }

    /** Resolves once the plug's relay is as wanted. */
    async heater(on: boolean): Promise<void> {
        const signal = AbortSignal.timeout(30_000)
        while (this.plug.relays[0] !== on) await once(this.plug, 'relay', { signal })
    }

    /** Resolves once the vessel has said such a temperature. */
    async reaches(fits: (value: number) => boolean): Promise<void> {
        const signal = AbortSignal.timeout(30_000)
        for (;;) {
            const [value] = await once(this.vessel, 'said', { signal })
            if (fits(value)) return
        }
    }

    /** What the daily logs have. */
    async log(): Promise<string> {
        const folder = join(this.red.userDir, 'serverLogs')
        const files = await readdir(folder)
        return (await Promise.all(files.sort().map((file) => readFile(join(folder, file), 'utf8')))).join('')
    }

    /** Resolves once they have such a line. */
    async logged(line: RegExp): Promise<void> {
        let log = ''
        await eventually(
            async () => {
                log = await this.log()
                return line.test(log)
            },
            () => `there is no line ${line} in ${log}`,
        )
    }

    /** What is between it and those who connect there, until it stalls. */
    async proxy(): Promise<StallingProxy> {
        const proxy = await StallingProxy.open(this.red.port)
        this.#proxies.push(proxy)
        return proxy
    }

    async close(): Promise<void> {
        for (const proxy of this.#proxies) proxy.close()
        await this.red.stop()
        await this.vessel.close()
        await this.plug.close()
        await this.mqtt.close()
    }
}

async function startVessel(url: string, options: Partial<VesselOptions> = {}): Promise<Vessel> {
    const vessel = new Vessel({
        ...{ url, topic: 'vessel/temperature', id: 'vessel', plug: 'fermenter-heater' },
        ...{ watts: 100, every: 200, speed: 1000, deadTime: 0, noise: 0.01, start: 20, ...options },
    })
    await once(vessel, 'online')
    return vessel
}

const quick = {
    ...{ BREWERY_MIN_ON: '0', BREWERY_MIN_OFF: '0', BREWERY_SENSOR_LOST: '2', BREWERY_RENEW: '500 ms', BREWERY_LEASE: '2' },
    ...{ BREWERY_SILENCE: '2', BREWERY_REACH: '2', BREWERY_HIGH_HIGH: '32' },
}

class Page {
    readonly frames: Frames
    /** Where each subscription goes on, as `ready` told it. */
    readonly cursors: Record<string, string> = {}

    constructor(frames: Frames) {
        this.frames = frames
    }

    told(fits: (frame: any) => boolean, from = 0): Promise<any> {
        return this.frames.until(fits, from)
    }

    get all(): any[] {
        return this.frames.all.map((frame) => JSON.parse(frame))
    }

    /** The messages of a channel. */
    of(channel: string): any[] {
        return this.all.filter((frame) => frame.channel === channel && !frame.action && !frame.active)
    }

    leave(): void {
        this.frames.socket.terminate()
    }
}

/** A profile that holds a set-point until somebody says that it goes on. */
export const hold = (value: number) => ({
    name: 'hold',
    steps: [
        { type: 'set', value },
        { type: 'confirm', text: 'go on' },
    ],
})

/** What is wrong, by its paths. */
export const paths = ({ body }: Answer): string[] => body.errors.map(({ path }: { path: string }) => path).sort()
