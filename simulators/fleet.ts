#!/usr/bin/env node
import { createInterface } from 'node:readline'
import { type Arguments, help, readArguments } from './fleet/arguments.ts'
import { Fleet } from './fleet/fleet.ts'
import { type Ask, askAll } from './fleet/questions.ts'
import { UsageError } from './plug/arguments.ts'

/** Milliseconds between two reports: on a terminal, where one line is written anew, and elsewhere. */
const LIVELY = 500
const CALM = 5000

/** Shows how the fleet is doing, until what it gives is called. */
function report(fleet: Fleet, terminal: boolean): () => void {
    let before = { at: performance.now(), sent: 0 }
    const line = () => {
        const { connected, sent, ok, error, told, heard } = fleet.counts
        const now = performance.now()
        const rate = ((sent - before.sent) * 1000) / Math.max(now - before.at, 1)
        before = { at: now, sent }
        const commands = told + heard > 0 ? `  told ${told}  heard ${heard}` : ''
        return `connected ${connected}/${fleet.devices.size}  sent ${sent}  OK ${ok}  ERROR ${error}${commands}  ${rate.toFixed(1)}/s`
    }
    const show = () => process.stdout.write(terminal ? `\r\x1b[K${line()}` : `${line()}\n`)
    const timer = setInterval(show, terminal ? LIVELY : CALM)
    return () => {
        clearInterval(timer)
        const { dropped, duplicated, reordered } = fleet.counts
        show()
        if (terminal) process.stdout.write('\n')
        if (dropped + duplicated + reordered > 0) console.log(`dropped ${dropped}  duplicated ${duplicated}  reordered ${reordered}`)
    }
}

function run({ fleet: options, duration, quiet }: Arguments): void {
    const fleet = Fleet.start(options)
    const done = quiet ? () => {} : report(fleet, process.stdout.isTTY)
    let trouble = ''
    fleet.on('connected', () => {
        trouble = ''
    })
    fleet.on('trouble', (reason) => {
        if (reason !== trouble) console.error(`\ncannot connect to ${options.url}: ${reason}; still trying`)
        trouble = reason
    })
    let timer: NodeJS.Timeout | undefined
    const stop = () => {
        clearTimeout(timer)
        // A server that does not answer must not keep us.
        setTimeout(() => process.exit(0), 1000).unref()
        void fleet.stop().then(done)
    }
    if (duration !== undefined) timer = setTimeout(stop, duration * 1000)
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
}

/** Asks what is to be done; undefined when the answers end. */
async function asked(args: Arguments): Promise<Arguments | undefined> {
    const input = createInterface({ input: process.stdin, output: process.stdout })
    const lines = input[Symbol.asyncIterator]()
    const ask: Ask = async (question) => {
        process.stdout.write(question)
        const { value, done } = await lines.next()
        return done ? undefined : value
    }
    try {
        const answers = await askAll(ask)
        return answers && { ...args, fleet: { ...args.fleet, ...answers } }
    } finally {
        input.close()
        process.stdin.destroy()
    }
}

try {
    const given = process.argv.slice(2)
    const args = readArguments(given, process.env, Math.random)
    if (args === 'help') console.log(help)
    else if (args.ask || (given.length === 0 && process.stdin.isTTY)) {
        const answers = await asked(args)
        if (answers) run(answers)
        else console.error('\nnobody answers')
    } else run(args)
} catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\nTry: node simulators/fleet.ts --help`)
    process.exitCode = 2
}
