import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Client } from 'pg'
import { type Postgres, startPostgres } from '../../scripts/postgres.ts'

/** The server of this run; a file that is run by itself has its own, which ends with it. */
let server: Promise<Postgres> | undefined
let databases = 0

async function serverUrl(): Promise<string> {
    const given = process.env.SOCKETWORKS_TEST_POSTGRES
    if (given) return given
    server ??= startPostgres()
    return (await server).url
}

/** Asks a database something. */
export async function ask<R extends object>(url: string, sql: string, values: unknown[] = []): Promise<R[]> {
    const client = new Client(url)
    await client.connect()
    await client.query('set search_path to socketworks, public')
    try {
        return (await client.query<R>(sql, values)).rows
    } finally {
        await client.end()
    }
}

/** An empty database for one test. @returns its URL, which ends with its name */
export const emptyDatabase = (): Promise<string> => copyOf('template1')

/** A database for one test that has what another one has. @returns its URL, which ends with its name */
export async function copyOf(other: string): Promise<string> {
    const url = await serverUrl()
    const name = `test_${process.pid}_${++databases}`
    // Its files are copied: to write all of it to the log of changes, as is usual, takes ten times as long.
    await ask(url, `create database ${name} template ${other} strategy file_copy`)
    return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

export async function dropDatabase(url: string): Promise<void> {
    await ask(await serverUrl(), `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`)
}

/** A way to a server that can be cut, or go dead without a word. */
export async function wayTo(url: string) {
    const target = new URL(url)
    const pairs = new Set<[Socket, Socket]>()
    let isOpen = true
    const server = createServer((near) => {
        if (!isOpen) return void near.destroy()
        const far = connect(Number(target.port), target.hostname)
        const pair: [Socket, Socket] = [near, far]
        pairs.add(pair)
        near.pipe(far).pipe(near)
        for (const end of pair) end.on('error', () => {}).on('close', () => pair.forEach((other) => void other.destroy()))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const cut = () => {
        for (const pair of pairs) for (const end of pair) end.destroy()
        pairs.clear()
    }
    return {
        url: Object.assign(new URL(url), { port: String(port) }).href,
        /** Ends all connections, and lets no others through until it is opened again. */
        cut() {
            isOpen = false
            cut()
        },
        open() {
            isOpen = true
        },
        /** Passes no answers on any more, of the connections there are. */
        mute() {
            for (const [near, far] of pairs) far.unpipe(near)
        },
        /** Passes nothing on any more, of the connections there are. */
        stall() {
            for (const [near, far] of pairs) {
                near.unpipe(far)
                far.unpipe(near)
            }
        },
        async close() {
            server.close()
            cut()
            await once(server, 'close')
        },
    }
}
