import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { guardedRequest, type HostGuard, type OpenRequest, RefusedHost, type Resolve } from '../http/index.ts'
import { type Clock, type Fault, messageOf } from '../lib/index.ts'
import type { HostQueue } from './host-queue.ts'
import { isUrl, type JobPackage, type PackageRules } from './package.ts'

/** Whether the file of a package can be had and is what it should be. */
export type ProbeResult = { ok: true } | { ok: false /** No later try can help. */; isFinal: boolean; faults: Fault[] }

/** Looks at the file that a package leads to. A path that is no URL means nothing here, and is good. */
export type Probe = (pkg: JobPackage) => Promise<ProbeResult>

export interface ProbeRules extends PackageRules {
    guard: HostGuard
}

export interface ProbeOptions {
    clock: Clock
    rules: ProbeRules
    /** Whose turn it is. */
    queue: HostQueue
    /** Ends it: probes reject with its reason then. */
    signal: AbortSignal
    /** How names become addresses; every one of them is checked. */
    resolve?: Resolve
}

/** Milliseconds for all of it, once it is its turn. */
const LONGEST = 30_000
const MOST_REDIRECTS = 3
/** Answers after which it is worth another try: the server is busy, or not quite there. */
const passing = new Set([408, 425, 429])

/** What is known of a file. */
interface Found {
    status: number
    /** Where else it is, by a redirect. */
    location: string | undefined
    /** Undefined where nobody said, and it was not read. */
    bytes: number | undefined
    /** Undefined where it was not read. */
    sha256: string | undefined
}

/** A redirect that leads nowhere. */
class WrongRedirect extends Error {}

type Method = 'HEAD' | 'GET'

export function makeProbe({ clock, rules, queue, signal, resolve }: ProbeOptions): Probe {
    const files = new RemoteFiles(rules, guardedRequest(clock, rules.guard, resolve))
    /** A package that many robots get at the same time is looked at once. */
    const looks = new Map<string, Promise<Found>>()

    function look(pkg: JobPackage): Promise<Found> {
        const key = `${pkg.hash === undefined ? 'HEAD' : 'GET'} ${pkg.path}`
        const begin = () => queue.run(new URL(pkg.path).host, signal, () => inTime(clock, signal, (late) => files.look(pkg, late)))
        const found = looks.get(key) ?? begin().finally(() => looks.delete(key))
        looks.set(key, found)
        return found
    }

    return async (pkg) => {
        if (!isUrl(pkg.path)) return { ok: true }
        try {
            return judge(pkg, await look(pkg), rules.mostBytes)
        } catch (error) {
            signal.throwIfAborted()
            return unavailable(error)
        }
    }
}

async function inTime<T>(clock: Clock, signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController()
    const cancel = clock.after(LONGEST, () => late.abort(new Error(`no whole answer within ${LONGEST / 1000} s`)))
    try {
        return await run(AbortSignal.any([signal, late.signal]))
    } catch (error) {
        throw late.signal.aborted ? late.signal.reason : error
    } finally {
        cancel()
    }
}

/** Files of other servers. */
class RemoteFiles {
    readonly #rules: ProbeRules
    readonly #open: OpenRequest

    constructor(rules: ProbeRules, open: OpenRequest) {
        this.#rules = rules
        this.#open = open
    }

    async look({ path, hash }: JobPackage, signal: AbortSignal): Promise<Found> {
        const found = hash === undefined ? await this.#follow('HEAD', path, signal) : undefined
        // Not every server knows HEAD, or the length of what it sends.
        const isEnough = found && (isGood(found.status) ? found.bytes !== undefined : found.status !== 405 && found.status !== 501)
        return isEnough ? found : await this.#follow('GET', path, signal)
    }

    /** Follows redirects, each of which is checked as the first URL was. */
    async #follow(method: Method, path: string, signal: AbortSignal): Promise<Found> {
        let url = new URL(path)
        for (let left = MOST_REDIRECTS; ; left--) {
            const found = await this.#ask(method, url, signal)
            if (found.status < 300 || found.status >= 400 || found.location === undefined) return found
            if (left === 0) throw new WrongRedirect('there are too many redirects')
            if (!URL.canParse(found.location, url)) throw new WrongRedirect('it redirects to what is no URL')
            url = new URL(found.location, url)
            if (!/^https?:$/.test(url.protocol) || !this.#rules.allows(url)) throw new RefusedHost()
        }
    }

    async #ask(method: Method, url: URL, signal: AbortSignal): Promise<Found> {
        const request = this.#open(url, { method, headers: { 'accept-encoding': 'identity' }, signal })
        request.end()
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        // From now on it is the answer that fails.
        request.on('error', () => {})
        const { statusCode: status = 0, headers } = response
        const length = headers['content-length']
        const found = { status, location: headers.location, bytes: length === undefined ? undefined : Number(length), sha256: undefined }
        if (method === 'GET' && isGood(status) && !(found.bytes! > this.#rules.mostBytes))
            return { ...found, ...(await this.#read(response)) }
        response.destroy()
        return found
    }

    /** Reads a file, but one that is too large no further than it takes to know that. */
    async #read(response: IncomingMessage): Promise<Pick<Found, 'bytes' | 'sha256'>> {
        const hash = createHash('sha256')
        let bytes = 0
        for await (const chunk of response as AsyncIterable<Buffer>) {
            bytes += chunk.length
            if (bytes > this.#rules.mostBytes) break
            hash.update(chunk)
        }
        return { bytes, sha256: hash.digest('hex') }
    }
}

const isGood = (status: number): boolean => status >= 200 && status < 300

/** @param reason why nothing was found */
function unavailable(reason: unknown): ProbeResult {
    const message = reason instanceof RefusedHost ? 'is not allowed to lead to that host' : `cannot be had: ${messageOf(reason)}`
    return lacking(reason instanceof RefusedHost || reason instanceof WrongRedirect, [{ path: 'Package.path', message }])
}

const lacking = (isFinal: boolean, faults: Fault[]): ProbeResult => ({ ok: false, isFinal, faults })

function judge({ hash, size }: JobPackage, { status, bytes, sha256 }: Found, mostBytes: number): ProbeResult {
    if (!isGood(status)) {
        const isFinal = status >= 300 && status < 500 && !passing.has(status)
        return lacking(isFinal, [{ path: 'Package.path', message: `cannot be had: the server answers with ${status}` }])
    }
    if (bytes! > mostBytes) return lacking(true, [{ path: 'Package.path', message: `leads to more than ${mostBytes} bytes` }])
    const faults: Fault[] = []
    if (hash !== undefined && hash !== sha256) faults.push({ path: 'Package.hash', message: `is not that of the file, which is ${sha256}` })
    if (size !== undefined && size !== bytes)
        faults.push({ path: 'Package.size', message: `is not that of the file, which has ${bytes} bytes` })
    return faults.length > 0 ? lacking(true, faults) : { ok: true }
}
