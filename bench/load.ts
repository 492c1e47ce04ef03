import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Load {
    /** Answers per second. */
    rate: number
    /** Milliseconds. */
    p50: number
    p99: number
    /** Microseconds of CPU that the server took for each. */
    cpu: number
}

export interface Ask {
    method: string
    url: string
    body?: string
    headers?: Record<string, string>
}

/**
 * Asks so often with so many at a time, on connections that stay open.
 * @param ask the request, or what makes each of them
 * @throws when an answer is not 200
 */
export async function load(ask: Ask | (() => Ask), total: number, concurrency: number, pid: number): Promise<Load> {
    const make = typeof ask === 'function' ? ask : () => ask
    const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
    const times: number[] = []
    let left = total
    const client = async () => {
        while (left-- > 0) times.push(await once(make(), agent))
    }
    const cpu = cpuOf(pid)
    const began = performance.now()
    await Promise.all(Array.from({ length: concurrency }, client))
    const took = performance.now() - began
    agent.destroy()
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(share * (times.length - 1))]!
    return { rate: (total / took) * 1000, p50: at(0.5), p99: at(0.99), cpu: (cpuOf(pid) - cpu) / total }
}

function once({ method, url, body, headers: own }: Ask, agent: Agent): Promise<number> {
    const began = performance.now()
    return new Promise((resolve, reject) => {
        const content = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        const headers = { ...own, ...content }
        const asked = request(url, { method, agent, headers }, (response) => {
            response.resume()
            response.on('end', () =>
                response.statusCode === 200
                    ? resolve(performance.now() - began)
                    : reject(new Error(`${method} ${url}: ${response.statusCode}`)),
            )
        })
        asked.on('error', reject)
        asked.end(body)
    })
}

/** CPU time that the threads of a process have taken so far, in microseconds: Linux counts it in nanoseconds for each of them. */
export function cpuOf(pid: number): number {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.reduce((sum, id) => sum + Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]), 0) / 1000
}

/** The same of the thread that runs JavaScript, and how long that was ready to run while others had its core. */
export function mainThreadOf(pid: number): { cpu: number; waited: number } {
    const [cpu, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number)
    return { cpu: cpu! / 1000, waited: waited! / 1000 }
}

/** Milliseconds that a durable write takes where the databases of these benches are. */
export function syncTime(): number {
    const file = join(tmpdir(), `socketworks-sync-${process.pid}`)
    const open = openSync(file, 'w')
    const times = Array.from({ length: 50 }, () => {
        const from = performance.now()
        writeSync(open, Buffer.alloc(4096))
        fdatasyncSync(open)
        return performance.now() - from
    })
    closeSync(open)
    rmSync(file)
    return median(times)
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
