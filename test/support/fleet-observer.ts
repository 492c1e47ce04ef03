import { once } from 'node:events'
import { WebSocket } from 'ws'
import { Frames } from './frames.ts'
import { type RunningNodeRed, type StartOptions, startNodeRed } from './node-red.ts'
import { type Answer, example } from './service.ts'

/** What a device is told or a viewer shown of a device, out of an `UPDT` frame. */
export interface Told {
    serial: string
    set: Record<string, unknown>
}

interface Options extends Omit<StartOptions, 'flows'> {
    /** Put over settings of the example's nodes, by their ids. */
    nodes?: Record<string, object>
    /** Further nodes. */
    more?: object[]
}

/** The fleet observer as its users have it: Node-RED with the example flow, and whoever connects to it. */
export class FleetObserver {
    red: RunningNodeRed
    #options: StartOptions
    readonly #clients = new Set<Frames>()

    private constructor(red: RunningNodeRed, options: StartOptions) {
        this.red = red
        this.#options = options
    }

    static async start(options: Options = {}): Promise<FleetObserver> {
        const { nodes, more, ...rest } = options
        const whole = { ...rest, flows: await flowsOf(options) }
        const red = await startNodeRed(whole)
        return new FleetObserver(red, { ...whole, userDir: red.userDir, port: red.port })
    }

    /** Has no clients and knows no devices, as if it had been started with these options. */
    async renew(options: Pick<Options, 'env' | 'nodes' | 'more'> = {}): Promise<void> {
        await this.leave()
        this.#options = { ...this.#options, flows: await this.red.renew(await flowsOf(options), options.env) }
    }

    /** Starts Node-RED again after it was stopped, under the same address and on the same files. */
    async again(): Promise<void> {
        this.red = await startNodeRed(this.#options)
    }

    url(path: string): string {
        return `${this.red.url.replace('http', 'ws')}${path}`
    }

    /** A client that is in. @param token what it shows in its header */
    async connect(path: string, token?: string, protocols?: string[], headers: Record<string, string> = {}): Promise<Frames> {
        const frames = await Frames.open(this.url(path), protocols, token === undefined ? headers : bearer(token))
        this.#clients.add(frames)
        return frames
    }

    /** What a handshake is answered with; 101 lets in. Rejects if it is not answered. */
    handshake(path: string, headers: Record<string, string> = {}, protocols: string[] = [], base = this.url('')): Promise<number> {
        const client = new WebSocket(base + path, protocols, { headers, handshakeTimeout: 30_000 })
        return new Promise((resolve, reject) => {
            client.on('error', reject)
            client.on('open', () => {
                client.terminate()
                resolve(101)
            })
            client.on('unexpected-response', (_request, { statusCode = 0 }) => {
                client.on('error', () => {}).terminate()
                resolve(statusCode)
            })
        })
    }

    async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
        const response = await fetch(this.red.url + path, { headers })
        return { status: response.status, headers: response.headers, body: await response.json() }
    }

    /** Ends all clients, but not Node-RED. */
    async leave(): Promise<void> {
        await Promise.all([...this.#clients].map((client) => client.close()))
        this.#clients.clear()
    }

    async stop(): Promise<void> {
        await this.leave()
        await this.red.stop()
    }
}

async function flowsOf({ nodes = {}, more = [] }: Options): Promise<object[]> {
    const flows = (await example('fleet-observer')).map((node) => ({ ...node, ...nodes[Reflect.get(node, 'id')] }))
    return [...flows, ...more]
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

export const update = (id: string, serial: string, set: object) => ({ type: 'UPDT', message: `${id}:${serial}:${JSON.stringify(set)}` })

/** Lets a device report something. @returns what it is answered: `OK` or `ERROR` */
export async function report(device: Frames, id: string, serial: string, set: object): Promise<string> {
    const from = device.all.length
    device.send(update(id, serial, set))
    const { message } = await device.until(({ type, message }) => type === 'INFO' && message.startsWith(`${id}:${serial}:`), from)
    return message.slice(`${id}:${serial}:`.length)
}

/** Lets a device report something that has to be taken. */
export async function reports(device: Frames, id: string, serial: string, set: object): Promise<void> {
    const answer = await report(device, id, serial, set)
    if (answer !== 'OK') throw new Error(`${id}:${serial} was answered ${answer}`)
}

/** What the frames of a client have told of devices, in order. */
export const toldOf = ({ all }: Frames): Told[] => all.flatMap((text) => readTold(JSON.parse(text)) ?? [])

/** What an `UPDT` frame of the protocol says; undefined if it is another frame. */
export function readTold({ type, message }: { type?: unknown; message?: unknown }): Told | undefined {
    if (type !== 'UPDT') return
    const [, serial, set] = /^\d{4}:([^:]+):(\{.*\})$/s.exec(String(message)) ?? []
    if (serial === undefined || set === undefined) throw new Error(`a device does not understand ${message}`)
    return { serial, set: JSON.parse(set) }
}

/** Code and reason of a close. */
export async function closing({ socket }: Frames, timeout = 30_000): Promise<[number, string]> {
    const [code, reason] = await once(socket, 'close', { signal: AbortSignal.timeout(timeout) })
    return [code, String(reason)]
}
