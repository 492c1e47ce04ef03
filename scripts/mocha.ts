// Runs test files with mocha in processes of their own, some side by side: most of a test is waiting. Each process has to end by itself.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { describeFailed, type Failed, lastLines } from './failures.ts'

export interface Totals {
    passes: number
    failures: number
    /** Each failed test, in a few lines. */
    failed: string[]
    /** What went wrong outside of any test, likewise. */
    troubles: string[]
    /** What the tests of each file took: of the clock, and of the processors, of whatever they started as well. In milliseconds. */
    took: Record<string, { ms: number; cpu: number }>
}

/** How many files of a folder of test/ share a process, which takes a second to start; of others, each has its own. */
const together: Record<string, number> = { examples: 4, pages: 4, src: 8, nodes: 8, simulators: 8 }

/** Files that share a process, and what they find in their environment besides what all do. */
export interface Group {
    files: string[]
    env?: Record<string, string>
}

/** Which files share a process. The long ones come first, so that none of them is left over at the end. */
export function processes(files: string[]): Group[] {
    const folderOf = (file: string) => /^test\/(\w+)\//.exec(file)?.[1] ?? ''
    const sizeOf = (folder: string) => together[folder] ?? 1
    const folders = [...Map.groupBy(files, folderOf)].sort(([one], [other]) => sizeOf(one) - sizeOf(other))
    return folders.flatMap(([folder, all]) => {
        const size = sizeOf(folder)
        return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => ({ files: all.slice(i * size, (i + 1) * size) }))
    })
}

interface RunOptions {
    /** What the tests find in their environment besides this process's own. */
    env?: Record<string, string>
    /** Of mocha. */
    flags?: string[]
    /** Processes at a time. @defaultValue one more than there are processors, up to four: each of them waits now and then */
    sideBySide?: number
}

export async function runMocha(groups: Group[], options: RunOptions = {}): Promise<Totals> {
    const { env = {}, flags = [], sideBySide = Math.min(availableParallelism() + 1, 4) } = options
    const left = [...groups]
    const totals: Totals = { passes: 0, failures: 0, failed: [], troubles: [], took: {} }
    rmSync('coverage/tally', { recursive: true, force: true })
    mkdirSync('coverage/tally', { recursive: true })
    async function runNext(): Promise<void> {
        for (let group = left.shift(); group; group = left.shift()) await one(group, env, flags, totals)
    }
    await Promise.all(Array.from({ length: sideBySide }, runNext))
    return totals
}

/** The files that took most of the processors, one a line: what to look at when the tests take too long, as there are few processors. */
export function costliest({ took }: Totals): string {
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1).padStart(7)} s`
    return Object.entries(took)
        .sort(([, one], [, other]) => other.cpu - one.cpu)
        .slice(0, 25)
        .map(([file, { ms, cpu }]) => `${seconds(cpu)} ${seconds(ms)}  ${file}\n`)
        .join('')
}

async function one({ files, env: own = {} }: Group, env: Record<string, string>, flags: string[], totals: Totals): Promise<void> {
    const where = Object.entries(own)
        .map(([name, value]) => `${name}=${value} `)
        .join('')
    const tally = `coverage/tally/${`${where}${files[0]}`.replaceAll(/\W/g, '-')}.json`
    const node = ['--import', './scripts/typescript-cache.mjs', 'node_modules/mocha/bin/mocha.js']
    const args = [...node, '--reporter', 'scripts/reporter.mjs', '--forbid-only', '--forbid-pending', ...flags]
    const from = Date.now()
    const { code, output } = await ended([...args, ...files], { ...env, ...own, SOCKETWORKS_TALLY: tally })
    process.stdout.write(`\n— ${where}${files.join(' ')} (${Math.round((Date.now() - from) / 1000)} s)\n${output}`)
    const { passes, failures, failed, took } = read(tally)
    totals.passes += passes
    totals.failures += failures
    for (const [file, time] of Object.entries(took)) totals.took[where + file] = time
    totals.failed.push(...failed.map((test) => describeFailed(test, where)))
    // Its exit code counts by itself only if its totals do not account for it: a crash, or an end that did not come.
    if (code !== 0 && failures === 0) totals.troubles.push(`${where}${files.join(' ')} ended with ${code}\n${lastLines(output)}`)
}

function ended(args: string[], env: Record<string, string>): Promise<{ code: number | string; output: string }> {
    const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...colours, ...env } })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
            output += text
        })
    return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code: code ?? signal ?? 'no code', output })))
}

function read(tally: string): Pick<Totals, 'passes' | 'failures' | 'took'> & { failed: Failed[] } {
    try {
        return JSON.parse(readFileSync(tally, 'utf8'))
    } catch {
        return { passes: 0, failures: 0, failed: [], took: {} }
    }
}
