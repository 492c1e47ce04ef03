import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'

const root = resolve(import.meta.dirname, '../..')

export interface StartOptions {
    /** @defaultValue what the environment's NODE_RED says, or else 5 */
    version?: '5' | '4.1'
    /** Written to the flow file before the start. Flows with credentials have to be deployed instead. */
    flows?: object[]
    env?: Record<string, string>
    /** To start again where another one ended; without it a new temporary folder, which goes when the tests end. */
    userDir?: string
    /** Put over the settings below; JSON only. */
    settings?: Record<string, unknown>
    /** JavaScript that ends the settings file, for what JSON cannot say. */
    code?: string
    /** To come back under the same address. */
    port?: number
}

const defaults = {
    flowFile: 'flows.json',
    credentialSecret: 'tests',
    uiHost: '127.0.0.1',
    telemetry: { enabled: false },
    // The other code editor of Node-RED takes as long to load as all the rest.
    editorTheme: { tours: false, palette: { catalogues: [] }, codeEditor: { lib: 'ace' } },
    externalModules: { autoInstall: false, palette: { allowInstall: false } },
    // No flow of ours has nodes of these, and some of what they load is large.
    nodesExcludes: ['90-exec', '31-tcpin', '32-udp', '70-CSV', '70-HTML', '70-XML', '70-YAML', '23-watch'].map((name) => `${name}.js`),
    logging: { console: { level: 'debug', metrics: false, audit: false } },
}

const folders = new Set<string>()
const running = new Set<ChildProcess>()
process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL')
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Variables that flows were renewed with, and how often. */
const variables = new Set<string>()
let renewals = 0

/** Databases that stand for the files of user directories. */
const databases = new Map<string, string>()

/** What has the examples keep everything on PostgreSQL, where that is what is tried. */
async function databaseUrl(userDir?: string): Promise<Record<string, string>> {
    if (process.env.SOCKETWORKS_TEST_STORE !== 'postgres') return {}
    const { emptyDatabase } = await import('./postgres.ts')
    const url = databases.get(userDir ?? '') ?? (await emptyDatabase())
    if (userDir) databases.set(userDir, url)
    return { SOCKETWORKS_STORE_URL: url }
}

/** A real Node-RED of its own process with the built pack in it. Resolves once its flows are running. */
export async function startNodeRed(options: StartOptions = {}): Promise<RunningNodeRed> {
    if (!existsSync(join(root, 'dist/nodes')))
        throw new Error('dist/ is missing: build the pack first, or there is nothing for Node-RED to load (node scripts/build.mjs)')
    const userDir = options.userDir ?? (await temporary())
    const port = options.port ?? (await freePort())
    await furnish(userDir, options)
    const red = join(root, 'node_modules', (options.version ?? process.env.NODE_RED) === '4.1' ? 'node-red-4' : 'node-red', 'red.js')
    const store = await databaseUrl(userDir)
    // Its coverage would be that of dist/, which nobody asks for. What it compiles is the same each time.
    const own = { NODE_V8_COVERAGE: '', NODE_COMPILE_CACHE: join(tmpdir(), 'socketworks-compile-cache'), LANG: 'en_US.UTF-8' }
    const child = spawn(process.execPath, [red, '-u', userDir, '-s', join(userDir, 'settings.cjs'), '-p', String(port)], {
        env: { ...process.env, ...own, ...store, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
    })
    const started = new RunningNodeRed(child, userDir, port)
    try {
        await started.waitFor('Server now running at')
        await started.waitFor('Started flows')
    } catch (error) {
        await started.kill()
        throw error
    }
    return started
}

export class RunningNodeRed {
    readonly url: string
    readonly port: number
    readonly pid: number
    readonly userDir: string
    readonly #child: ChildProcess
    readonly #ended: Promise<unknown>
    #log = ''

    constructor(child: ChildProcess, userDir: string, port: number) {
        this.#child = child
        this.pid = child.pid!
        this.userDir = userDir
        this.port = port
        this.url = `http://127.0.0.1:${port}`
        running.add(child)
        this.#ended = once(child, 'exit').finally(() => running.delete(child))
        for (const stream of [child.stdout!, child.stderr!])
            stream.setEncoding('utf8').on('data', (text: string) => {
                this.#log += text
            })
    }

    /** All it has written so far. */
    get log(): string {
        return this.#log
    }

    /** Resolves once its output holds a text, also when that came before. */
    async waitFor(text: string | RegExp, timeout = 50_000): Promise<void> {
        const found = () => (typeof text === 'string' ? this.#log.includes(text) : text.test(this.#log))
        const given = AbortSignal.timeout(timeout)
        while (!found()) {
            if (this.#child.exitCode !== null || this.#child.signalCode !== null)
                throw new Error(`Node-RED ended before it wrote ${text}:\n${this.#log}`)
            const news = new AbortController()
            const signal = AbortSignal.any([given, news.signal])
            const streams = [this.#child.stdout!, this.#child.stderr!].map((stream) => once(stream, 'data', { signal }))
            await Promise.any([...streams, this.#ended]).catch(() => {
                throw new Error(`Node-RED did not write ${text} within ${timeout} ms:\n${this.#log}`)
            })
            news.abort()
        }
    }

    /** Deploys flows through the admin API; resolves once they are running. */
    async deploy(flows: object[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
        const response = await fetch(`${this.url}/flows`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'node-red-deployment-type': type },
            body: JSON.stringify(flows),
        })
        if (!response.ok) throw new Error(`deploying failed with ${response.status}: ${await response.text()}`)
    }

    /**
     * Goes on as one would that was started with these flows and variables, on an empty database and with an empty log: a deployment takes a
     * tenth of the time of a start. What the process has in its environment stays set where no variable of that name is given.
     * @returns the flows that were deployed, to start again with
     */
    async renew(flows: object[], env: Record<string, string> = {}): Promise<object[]> {
        const file = `renewed-${++renewals}.sqlite`
        const given = { ...(await databaseUrl()), ...env }
        for (const name of Object.keys(given)) variables.add(name)
        const renewed = flows.map((node) => (Reflect.get(node, 'type') === 'socketworks-store-config' ? { ...node, file } : node))
        // Node-RED remembers a variable that it is no longer given; a blank one counts as none.
        const all = [
            ...renewed,
            {
                id: 'variables',
                type: 'global-config',
                env: [...variables].map((name) => ({ name, value: given[name] ?? '', type: 'str' })),
            },
        ]
        this.#log = ''
        await this.deploy(all)
        await this.waitFor('Started flows')
        return all
    }

    /** Ends it as a service manager does. */
    async stop(): Promise<void> {
        this.#child.kill('SIGTERM')
        const given = setTimeout(() => this.#child.kill('SIGKILL'), 60_000)
        await this.#ended
        clearTimeout(given)
        if (this.#child.signalCode === 'SIGKILL') throw new Error(`Node-RED did not stop when told to:\n${this.#log}`)
    }

    /** Ends it as a power cut does. */
    async kill(): Promise<void> {
        this.#child.kill('SIGKILL')
        await this.#ended
    }
}

async function temporary(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'socketworks-'))
    folders.add(folder)
    return folder
}

async function furnish(userDir: string, { flows, settings, code = '' }: StartOptions): Promise<void> {
    const link = join(userDir, 'node_modules/@socketworks/node-red')
    await mkdir(dirname(link), { recursive: true })
    await rm(link, { force: true })
    await symlink(root, link, 'dir')
    await writeFile(join(userDir, 'settings.cjs'), `module.exports = ${JSON.stringify({ ...defaults, ...settings }, null, 2)}\n${code}`)
    await writeFile(join(userDir, 'package.json'), '{"name":"tests","private":true}')
    if (flows) await writeFile(join(userDir, 'flows.json'), JSON.stringify(flows))
}
