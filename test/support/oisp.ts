import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Answer {
    code: number
    content: unknown
    id?: string
    notAfter?: number
}

/** A device that speaks OISP, by the `ws` package. */
export class OispDevice {
    readonly answers: Answer[] = []
    readonly client: WebSocket
    /** How it was closed, once it was. */
    closed: [code: number, reason: string] | undefined
    readonly #ears = new Set<() => void>()

    constructor(url: string, subprotocols = ['echo-protocol']) {
        this.client = new WebSocket(url, subprotocols)
        this.client.on('error', () => {})
        this.client.on('message', (data) => this.#tell(() => this.answers.push(JSON.parse(String(data)))))
        this.client.on('close', (code, reason) =>
            this.#tell(() => {
                this.closed = [code, String(reason)]
            }),
        )
    }

    /** Connects, and says who it is. */
    static async come(url: string, deviceId: unknown, deviceToken: unknown, more: object = {}): Promise<OispDevice> {
        const device = new OispDevice(url)
        await once(device.client, 'open')
        device.say({ type: 'device', deviceId, deviceToken, ...more })
        return device
    }

    say(frame: unknown): void {
        this.client.send(JSON.stringify(frame))
    }

    /** Resolves with all that it was sent, once there is so much of it. */
    async hears(count: number): Promise<Answer[]> {
        await this.#until(() => this.answers.length >= count)
        return this.answers
    }

    async gone(): Promise<[code: number, reason: string]> {
        await this.#until(() => this.closed !== undefined)
        return this.closed!
    }

    #tell(change: () => void): void {
        change()
        for (const ear of this.#ears) ear()
    }

    async #until(holds: () => boolean): Promise<void> {
        while (!holds())
            await new Promise<void>((resolve) => {
                const ear = () => {
                    this.#ears.delete(ear)
                    resolve()
                }
                this.#ears.add(ear)
            })
    }
}
