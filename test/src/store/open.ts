import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../../../src/lib/index.ts'
import type { InstanceRow, Reading } from '../../../src/power/repository.ts'
import type { OpenStore } from '../../../src/store/store.ts'
import { openStore, type Store, type StoreHealth, type StoreOptions } from '../../../src/stores.ts'

import { ask, copyOf, dropDatabase, emptyDatabase } from '../../support/postgres.ts'

/** Whether all of this is tried on PostgreSQL: each file stands for a database then, and memory too. */
export const onPostgres = process.env.SOCKETWORKS_TEST_STORE === 'postgres'
/** For what only files can do. */
export function itOnFiles(title: string, test: () => Promise<void>): void {
    if (!onPostgres) it(title, test)
}

/** Databases that no test has used yet: empty ones, and such that have their tables, as to make them takes longer than most tests. */
const unused = { empty: [] as string[], withTables: [] as string[] }
let template: Promise<string> | undefined
if (onPostgres)
    beforeEach('databases', async () => {
        template ??= withTables()
        while (unused.empty.length < 2) unused.empty.push(await emptyDatabase())
        while (unused.withTables.length < 2) unused.withTables.push(await copyOf(await template))
    })

async function withTables(): Promise<string> {
    const url = await emptyDatabase()
    const store = openStore({ file: '', url, retentionDays: 0, clock: systemClock, log: () => {} })
    await store.ready(soon())
    await store.close()
    return new URL(url).pathname.slice(1)
}

/** A directory of its own for each test, and stores that are closed after it. @param parent where that is */
export function workbench(parent = tmpdir()) {
    const databases = new Map<string, string>()
    /** Where a store is that is kept in a file, or stands for one. It is empty the first time, unless it may have its tables already. */
    const place = (file: string, kind: keyof typeof unused = 'empty') => {
        if (!onPostgres) return { file }
        const url = databases.get(file) ?? unused[kind].pop()
        if (url === undefined) throw new Error('one test has too many databases')
        databases.set(file === ':memory:' ? url : file, url)
        return { file, url }
    }
    const root = mkdtempSync(join(parent, 'socketworks-store-'))
    const stores: Store[] = []
    return {
        root,
        file: (name = 'test.sqlite') => join(root, name),
        open(file: string, more: Partial<Omit<StoreOptions, 'file' | 'log'>> & { log?: string[] } = {}): Store {
            const { retentionDays = 0, clock = systemClock, trace = () => {}, log = [], ...limits } = more
            const store = openStore({
                ...limits,
                ...place(file, 'withTables'),
                retentionDays,
                clock,
                trace,
                log: (level, text) => log.push(`${level}: ${text}`),
            })
            stores.push(store)
            return store
        },
        place,
        /** Asks the database itself. */
        async ask(query: string, file = join(root, 'test.sqlite')): Promise<Record<string, unknown>[]> {
            if (onPostgres) return await ask(databases.get(file)!, query)
            const database = new DatabaseSync(file)
            try {
                return database.prepare(query).all()
            } finally {
                database.close()
            }
        },
        async clear() {
            await Promise.all(stores.map((store) => store.close()))
            rmSync(root, { recursive: true, force: true })
            await Promise.all([...databases.values()].map(dropDatabase))
        },
    }
}

export const soon = (ms = 30_000) => AbortSignal.timeout(ms)

/** Resolves with the store's next health that fits; its present one counts too. */
export function healthy(store: OpenStore, fits: (health: StoreHealth) => boolean, ms = 30_000): Promise<StoreHealth> {
    const done = new AbortController()
    return new Promise<StoreHealth>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`still ${JSON.stringify(store.health)}`)), ms)
        const look = (health: StoreHealth) => {
            if (!fits(health)) return
            clearTimeout(timer)
            resolve(health)
        }
        store.onHealth(look, done.signal)
        look(store.health)
    }).finally(() => done.abort())
}

export const good = (health: StoreHealth) => health.ok
export const bad = (pattern: RegExp) => (health: StoreHealth) => !health.ok && pattern.test(health.reason)

export const refusal = (pattern: RegExp) => (error: unknown) => {
    const { status, code, message } = error as { status: number; code: string; message: string }
    return status === 503 && code === 'STORE_UNAVAILABLE' && pattern.test(message)
}

export const instance = (id: string, more: Partial<InstanceRow> = {}): InstanceRow => ({
    id,
    socket: 's1',
    startedAt: 1000,
    stoppedAt: null,
    timeout: 0,
    sampledFrom: 990,
    powerOnAt: null,
    powerOffAt: null,
    isEmergencyStopped: false,
    isManuallyStopped: false,
    ...more,
})

export const reading = (at: number, power: number | null = 60): Reading => ({
    at,
    today: 1.25,
    total: 1000.5,
    power,
    apparentPower: 61,
    reactivePower: 3,
    factor: 0.98,
    voltage: 230,
    current: null,
})

/** The samples of a socket, from all pages. */
export async function samplesOf(store: Store, socket: string, from: number, to: number): Promise<Reading[]> {
    const readings: Reading[] = []
    for await (const page of store.power.samples(socket, from, to)) readings.push(...page)
    return readings
}
