import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Plug, type PlugOptions } from '../../simulators/plug/plug.ts'
import { startAedes, type TestBroker } from './broker.ts'
import { type RunningNodeRed, type StartOptions, startNodeRed } from './node-red.ts'
import { checkExchange, showCodes } from './openapi.ts'

export const example = async (name: string): Promise<object[]> =>
    JSON.parse(await readFile(new URL(`../../examples/${name}.json`, import.meta.url), 'utf8'))

export interface Answer {
    status: number
    headers: Headers
    body: any
}

/** The smart-socket service as its users have it: Node-RED with the example flow, a broker and a plug. */
export class Service {
    readonly mqtt: TestBroker
    plug: Plug
    red: RunningNodeRed
    #options: StartOptions

    private constructor(mqtt: TestBroker, plug: Plug, red: RunningNodeRed, options: StartOptions) {
        this.mqtt = mqtt
        this.plug = plug
        this.red = red
        this.#options = options
    }

    static async start(options: StartOptions & { plug?: PlugOptions } = {}): Promise<Service> {
        const mqtt = await startAedes()
        const plug = await Plug.connect({ url: mqtt.url, ...options.plug })
        const whole: StartOptions = {
            ...options,
            flows: options.flows ?? (await example('smart-socket-service')),
            env: { MQTT_PORT: String(mqtt.port), SOCKET_CONFIRM: '1', SOCKET_INTERVAL: '0.2', ...options.env },
            code: `${options.code ?? ''}${showCodes}`,
        }
        const red = await startNodeRed(whole)
        const service = new Service(mqtt, plug, red, { ...whole, userDir: red.userDir, port: red.port })
        await service.heard()
        return service
    }

    /** As if it had been started with these flows: nothing is kept, and it has another plug. */
    async renew({ flows, plug }: { flows?: object[]; plug?: PlugOptions } = {}): Promise<void> {
        await this.plug.close()
        this.plug = await Plug.connect({ url: this.mqtt.url, ...plug })
        this.#options = { ...this.#options, flows: await this.red.renew(flows ?? (await example('smart-socket-service'))) }
        await this.heard()
    }

    /** The file of its database. */
    get database(): string {
        const store = this.#options.flows!.find((node) => Reflect.get(node, 'type') === 'socketworks-store-config')!
        return join(this.red.userDir, Reflect.get(store, 'file') ?? 'socketworks.sqlite')
    }

    /** Starts Node-RED again after it was stopped or killed, on the same files. */
    async again(): Promise<void> {
        this.red = await startNodeRed(this.#options)
    }

    /** Resolves once the service has heard of its plug. */
    async heard(): Promise<void> {
        await this.until(async () => {
            const { status, body } = await this.get('/api/server/status')
            return status === 200 && body.power !== 'unknown'
        })
    }

    get = (path: string, headers?: Record<string, string>) => this.request('GET', path, undefined, headers)
    post = (path: string, body?: unknown, headers?: Record<string, string>) => this.request('POST', path, body, headers)
    put = (path: string, body?: unknown, headers?: Record<string, string>) => this.request('PUT', path, body, headers)
    delete = (path: string) => this.request('DELETE', path)

    /**
     * Holds every answer of the service against docs/openapi.yaml.
     * @param body sent as JSON; text goes as it is
     */
    async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
        const response = await fetch(this.red.url + path, {
            method,
            headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
            ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        })
        const text = await response.text()
        let parsed: unknown = text
        try {
            parsed = JSON.parse(text)
        } catch {
            // Then it is text.
        }
        const { status, headers: got } = response
        if (path.startsWith('/api/')) checkExchange({ method, path, sent: body, status, headers: got, body: parsed })
        return { status, headers: got, body: parsed }
    }

    /** Asks, each time after something has happened at the plug or a moment has passed, until it holds. */
    async until(holds: () => Promise<boolean>, timeout = 30_000): Promise<void> {
        const signal = AbortSignal.timeout(timeout)
        while (!(await holds())) {
            signal.throwIfAborted()
            const moment = AbortSignal.any([signal, AbortSignal.timeout(50)])
            await once(this.plug, 'command', { signal: moment }).catch(() => {})
        }
    }

    /** Resolves once the plug's relay is as wanted. */
    async relay(on: boolean, timeout = 30_000): Promise<void> {
        const signal = AbortSignal.timeout(timeout)
        while (this.plug.relays[0] !== on) await once(this.plug, 'relay', { signal })
    }

    /** Back to where it began: nothing wrong with the plug, nobody runs. */
    async calm(): Promise<void> {
        this.plug.fault = undefined
        await this.put('/api/recover')
        for (const id of (await this.get('/api/server/status')).body.runningInstances) await this.put(`/api/instance/${id}`)
        await this.relay(false)
    }

    told(payload: 'ON' | 'OFF'): number {
        return this.plug.commands.filter((command) => /POWER\d*$/.test(command.topic) && command.payload === payload).length
    }

    async close(): Promise<void> {
        await this.red.stop()
        await this.plug.close()
        await this.mqtt.close()
    }
}

interface Put {
    method: string | undefined
    path: string | undefined
    headers: IncomingHttpHeaders
    body: any
}

/** Whoever gave its URL in a callback header. */
export class Receiver {
    readonly #server: Server
    readonly #check: (body: unknown) => void
    readonly puts: Put[] = []
    /** What it answers with, one after the other; 200 after that. */
    readonly statuses: number[] = []

    private constructor(server: Server, check: (body: unknown) => void) {
        this.#server = server
        this.#check = check
    }

    /** @param check throws if a body that was waited for is not what it should be */
    static async listen(check: (body: unknown) => void = () => {}): Promise<Receiver> {
        const server = createServer()
        const receiver = new Receiver(server, check)
        server.on('request', async (request, response) => {
            const chunks: Buffer[] = []
            for await (const chunk of request) chunks.push(chunk)
            const { method, url: path, headers } = request
            receiver.puts.push({ method, path, headers, body: JSON.parse(Buffer.concat(chunks).toString()) })
            response.statusCode = receiver.statuses.shift() ?? 200
            response.end(() => server.emit('put'))
        })
        await once(server.listen(0, '127.0.0.1'), 'listening')
        return receiver
    }

    get url(): string {
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/done`
    }

    /** Resolves once it was called so often. */
    async called(times: number, timeout = 30_000): Promise<Put> {
        const signal = AbortSignal.timeout(timeout)
        while (this.puts.length < times) await once(this.#server, 'put', { signal })
        const put = this.puts[times - 1]!
        this.#check(put.body)
        return put
    }

    async close(): Promise<void> {
        this.#server.closeAllConnections()
        this.#server.close()
        await once(this.#server, 'close')
    }
}
