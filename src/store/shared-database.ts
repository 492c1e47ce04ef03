import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DatabaseOptions } from './open-database.ts'
import type { OpenStore, StoreHealth } from './store.ts'

interface Shared {
    readonly store: OpenStore
    readonly settings: string
    /** Whether it was opened, or could not be. */
    isKnown: boolean
    /** Those who have it, in the order in which they came. The first of them is told what there is to log. */
    readonly holders: Pick<DatabaseOptions, 'log'>[]
}

/** What is open in this process, by real path or URL. */
const open = new Map<string, Shared>()

/** What is handed on from one deploy to the next, by real path or URL: things that could not be kept in the store. */
const handedOn = new Map<string, Map<string, unknown>>()

/** A store and how to give it up: it is closed with the last one who does. */
export interface Lease<Store extends OpenStore> {
    store: Store
    /** The health of a store that somebody else has opened; undefined while it is being opened. */
    health: StoreHealth | undefined
    /** Things that outlive the store, as long as the process: the next store on the same file finds them. Empty for a store in memory. */
    left: Map<string, unknown>
    close(): Promise<void>
}

/**
 * Opens a store, or gives the one that somebody else in this process has open with the same file. The settings of whoever came first count
 * as long as it is open; others are warned where theirs differ. A store in memory is nobody else's.
 * @param openStore the same one whoever asks
 */
export function shareDatabase<Options extends DatabaseOptions, Store extends OpenStore>(
    options: Options,
    openStore: (options: Options) => Store,
): Lease<Store> {
    if (options.url === undefined && options.file === ':memory:') {
        const store = openStore(options)
        return { store, health: undefined, left: new Map(), close: () => store.close() }
    }
    const path = options.url ?? realPath(options.file)
    const shared = open.get(path) ?? begin(path, options, openStore)
    const holder = { log: options.log }
    shared.holders.push(holder)
    if (shared.settings !== settingsOf(options))
        options.log('warn', 'another node has the same database with other settings, and its settings count')
    const left = handedOn.get(path) ?? new Map<string, unknown>()
    handedOn.set(path, left)
    const store = shared.store as Store
    return { store, health: shared.isKnown ? store.health : undefined, left, close: () => leave(path, shared, holder) }
}

function begin<Options extends DatabaseOptions>(path: string, options: Options, openStore: (options: Options) => OpenStore): Shared {
    const holders: Shared['holders'] = []
    const store = openStore({ ...options, log: (level, text) => (holders[0] ?? options).log(level, text) })
    const shared: Shared = { store, settings: settingsOf(options), isKnown: false, holders }
    const known = () => {
        shared.isKnown = true
    }
    store.onHealth(known, new AbortController().signal)
    open.set(path, shared)
    return shared
}

async function leave(path: string, { store, holders }: Shared, holder: Shared['holders'][number]): Promise<void> {
    const place = holders.indexOf(holder)
    if (place >= 0) holders.splice(place, 1)
    if (holders.length > 0 || place < 0) return
    // Whoever comes from here on opens it anew, once it is free.
    open.delete(path)
    await store.close()
}

const settingsOf = ({ file, url, clock, log, trace, ...settings }: DatabaseOptions): string => JSON.stringify(settings)

/** The file may not be there yet, and may be named through links. */
function realPath(file: string): string {
    for (const [known, rest] of [
        [file, ''],
        [dirname(file), basename(file)],
    ] as const) {
        try {
            return join(realpathSync.native(known), rest)
        } catch {
            // Then perhaps its directory is there.
        }
    }
    return file
}
