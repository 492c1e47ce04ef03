import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAedes, type TestBroker } from './broker.ts'
import { Issuer } from './issuer.ts'
import { type RunningNodeRed, type StartOptions, startNodeRed } from './node-red.ts'
import { OispDevice } from './oisp.ts'
import { type Answer, example } from './service.ts'

/** The actuation gateway as its users have it: Node-RED with the example flow and a broker; and who hands out tokens of the account `acme`. */
export class Gateway {
    readonly issuer = new Issuer({ accounts: [{ id: 'acme' }] })
    readonly mqtt: TestBroker
    red!: RunningNodeRed
    #options: StartOptions = {}
    #token = ''

    private constructor(mqtt: TestBroker) {
        this.mqtt = mqtt
    }

    /** @param beside flows that run beside the example */
    static async start({ env, ...more }: StartOptions = {}, beside: object[] = []): Promise<Gateway> {
        const gateway = new Gateway(await startAedes())
        const userDir = await mkdtemp(join(tmpdir(), 'socketworks-gateway-'))
        await mkdir(join(userDir, 'keys'))
        await writeFile(join(userDir, 'keys/public.pem'), gateway.issuer.pem)
        const flows = [...(await example('actuation-gateway')), ...beside]
        gateway.#token = await gateway.issuer.token({ sub: 'operator' })
        gateway.#options = { ...more, flows, userDir, env: { MQTT_PORT: String(gateway.mqtt.port), ...env } }
        gateway.red = await startNodeRed(gateway.#options)
        gateway.#options = { ...gateway.#options, port: gateway.red.port }
        return gateway
    }

    /** Ends the process at once, and starts another on the same files. */
    async kill(): Promise<void> {
        await this.red.kill()
        this.red = await startNodeRed(this.#options)
    }

    get url(): string {
        return `${this.red.url.replace('http', 'ws')}/actuation`
    }

    async device(id: string, more: object = {}, account = 'acme'): Promise<OispDevice> {
        const device = await OispDevice.come(this.url, id, await this.issuer.token({ sub: id, accounts: [{ id: account }] }), more)
        await device.hears(1)
        return device
    }

    /** @param path below `/api/actuation/` @param token the operator's by default; blank for none */
    async ask(method: string, path: string, body?: unknown, token = this.#token, headers: object = {}): Promise<Answer> {
        const response = await fetch(`${this.red.url}/api/actuation/${path}`, {
            method,
            headers: {
                ...(token !== '' && { authorization: `Bearer ${token}` }),
                ...(body !== undefined && { 'content-type': 'application/json' }),
                ...headers,
            },
            ...(body !== undefined && { body: JSON.stringify(body) }),
        })
        return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || 'null') }
    }

    /** The lines of the audit trail in `actuations.log`, none of which may have a token. */
    async audit(): Promise<Record<string, unknown>[]> {
        const files = (await readdir(this.red.userDir)).filter((name) => /^actuations.*\.log$/.test(name))
        const texts = await Promise.all(files.sort().map((name) => readFile(join(this.red.userDir, name), 'utf8')))
        const lines = texts.join('').split('\n').filter(Boolean)
        for (const line of lines) assert.doesNotMatch(line, /eyJ/)
        return lines.map((line) => JSON.parse(line))
    }

    async close(): Promise<void> {
        await this.red.stop()
        await this.mqtt.close()
    }
}
