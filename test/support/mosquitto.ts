import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'
import { tool } from '../../scripts/tools.ts'

export interface Mosquitto {
    readonly port: number
    /** Of MQTT over WebSockets. */
    readonly wsPort: number
    readonly url: string
    close(): Promise<void>
}

/** The real Mosquitto, which `MOSQUITTO_PATH` may name, on free ports of 127.0.0.1; anybody may connect unless a user is given. @param further lines of its configuration */
export async function startMosquitto(account?: { user: string; password: string }, further: string[] = []): Promise<Mosquitto> {
    const mosquitto = tool('mosquitto')
    // Its companion may be where an ordinary user's PATH does not lead.
    const env = { ...process.env, PATH: [process.env.PATH, dirname(mosquitto)].join(delimiter) }
    const dir = await mkdtemp(join(tmpdir(), 'socketworks-mosquitto-'))
    const [port, wsPort] = [await freePort(), await freePort()]
    const config = join(dir, 'mosquitto.conf')
    const passwords = join(dir, 'passwords')
    if (account) {
        const made = spawnSync('mosquitto_passwd', ['-b', '-c', passwords, account.user, account.password], { env })
        if (made.error) throw missing(made.error)
    }
    const lines = [
        'per_listener_settings false',
        'persistence false',
        'log_dest stderr',
        ...further,
        ...(process.getuid?.() === 0 ? ['user root'] : []),
        account ? `allow_anonymous false\npassword_file ${passwords}` : 'allow_anonymous true',
        `listener ${port} 127.0.0.1`,
        `listener ${wsPort} 127.0.0.1\nprotocol websockets`,
    ]
    await writeFile(config, `${lines.join('\n')}\n`)
    const program = spawn(mosquitto, ['-c', config], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    program.stderr.on('data', (chunk) => {
        said += chunk
    })
    const close = async () => {
        await stop(program)
        await rm(dir, { recursive: true, force: true })
    }
    try {
        await accepts(program, port, () => said)
    } catch (error) {
        await close()
        throw error
    }
    return { port, wsPort, url: `mqtt://127.0.0.1:${port}`, close }
}

const missing = (cause: Error) => new Error(`mosquitto cannot be started: ${cause.message}`, { cause })

async function accepts(program: ChildProcess, port: number, said: () => string): Promise<void> {
    let failure: Error | undefined
    program.once('error', (error) => {
        failure = missing(error)
    })
    for (let tries = 0; tries < 200; tries++) {
        if (failure) throw failure
        if (program.exitCode !== null) throw new Error(`mosquitto ended with ${program.exitCode}: ${said()}`)
        const socket = connect(port, '127.0.0.1')
        const open = await once(socket, 'connect').then(
            () => true,
            () => false,
        )
        socket.destroy()
        if (open) return
        await sleep(25)
    }
    throw new Error(`mosquitto does not accept connections: ${said()}`)
}

async function stop(program: ChildProcess): Promise<void> {
    if (program.pid === undefined || program.exitCode !== null || program.signalCode !== null) return
    program.kill('SIGTERM')
    await once(program, 'exit')
}

/** Two that nobody listens on, held together so that they differ. */
