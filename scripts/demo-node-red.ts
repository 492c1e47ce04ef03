// A Node-RED with the pack of this repository in its palette, as a child process.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Milliseconds that Node-RED has to end its flows before it is killed. */
const patience = 5000

/** The pack is linked as `npm install <folder>` would do it, and listed, so that installing other nodes in the editor keeps it. */
export function makeUserDir(userDir: string): void {
    const scope = join(userDir, 'node_modules/@socketworks')
    const link = join(scope, 'node-red')
    mkdirSync(scope, { recursive: true })
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync('../../..', link, 'junction')
    const list = join(userDir, 'package.json')
    const content = { name: 'socketworks-demo', private: true, dependencies: { '@socketworks/node-red': 'file:..' } }
    if (!existsSync(list)) writeFileSync(list, `${JSON.stringify(content, null, 4)}\n`)
}

/** Throws the error of listening there, such as EADDRINUSE, if that is not possible. */
export function tryPort(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
        const server = createServer()
        server.once('error', reject)
        server.listen(port, host, () => server.close(() => resolve()))
    })
}

export interface NodeRed {
    /** Resolves once its flows run, or 20 s later: then they wait for something, and Node-RED has said for what. */
    started: Promise<boolean>
    /** Resolves with the exit code. */
    ended: Promise<number>
    stop(): Promise<void>
}

export function startNodeRed(env: Record<string, string>): NodeRed {
    const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', 'node_modules/node-red/red.js', '--settings', 'scripts/demo-settings.cjs'],
        {
            env: { ...process.env, ...env },
            stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        },
    )
    const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
    return { started: whenStarted(child), ended, stop: () => stop(child, ended) }
}

function whenStarted(child: ChildProcess): Promise<boolean> {
    return new Promise((resolve) => {
        const late = setTimeout(() => resolve(false), 20_000)
        const end = (started: boolean) => {
            clearTimeout(late)
            resolve(started)
        }
        child.once('message', () => end(true))
        child.once('exit', () => end(false))
    })
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
    const kill = setTimeout(() => child.kill('SIGKILL'), patience)
    child.kill('SIGTERM')
    await ended
    clearTimeout(kill)
}
