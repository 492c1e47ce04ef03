#!/usr/bin/env node
import { createInterface } from 'node:readline'
import { type Arguments, help, readArguments, UsageError } from './plug/arguments.ts'
import { timestamp } from './plug/clock.ts'
import { isFault } from './plug/faults.ts'
import { Plug } from './plug/plug.ts'

function run(args: Arguments): void {
    const plug = new Plug(args.plug)
    const print = (text: string) => {
        if (!args.quiet) console.log(`${timestamp(Date.now())} ${text}`)
    }
    const where = `${args.plug.host}:${args.plug.port}`
    let trouble = ''
    plug.on('online', () => print(`online as ${args.plug.topic} at ${where}`))
    plug.on('offline', () => print('offline'))
    plug.on('command', ({ topic, payload }) => print(`<- ${topic} ${payload}`))
    plug.on('said', (topic, payload) => print(`-> ${topic} ${payload}`))
    plug.on('relay', (relay, on, cause) => print(`relay ${relay} ${on ? 'on' : 'off'} (${cause})`))
    plug.on('online', () => {
        trouble = ''
    })
    plug.on('trouble', (reason) => {
        if (reason !== trouble) console.error(`cannot connect to ${where}: ${reason}; still trying`)
        trouble = reason
    })

    const input = createInterface({ input: process.stdin })
    const timers: NodeJS.Timeout[] = []
    const stop = () => {
        input.close()
        process.stdin.destroy()
        for (const timer of timers) clearTimeout(timer)
        // A broker that does not answer must not keep us.
        setTimeout(() => process.exit(0), 500).unref()
        void plug.close()
    }
    input.on('line', (line) => obey(plug, line.trim(), stop))
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    if (args.offlineAfter !== undefined) timers.push(setTimeout(() => plug.goOffline(), args.offlineAfter * 1000))
    void plug.start().then(() => {
        if (args.on) plug.press()
    })
}

/** Does what was typed. */
function obey(plug: Plug, line: string, stop: () => void): void {
    const [, relay] = /^p\s*(\d*)$/i.exec(line) ?? []
    const watts = /^w\s*(\d*\.?\d*)$/i.exec(line)?.[1]
    if (relay !== undefined && Number(relay || 1) - 1 in plug.relays) plug.press(Number(relay || 1))
    else if (watts !== undefined) plug.setPower(watts === '' ? undefined : Number(watts))
    else if (isFault(line)) plug.fault = line
    else if (line === 'ok') {
        plug.fault = undefined
        void plug.comeBack()
    } else if (line === 'q') stop()
    else if (line !== '') console.error('p [relay], w [watts], ok, q or the name of a fault')
}

try {
    const args = readArguments(process.argv.slice(2), process.env)
    if (args === 'help') console.log(help)
    else run(args)
} catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\nTry: node simulators/plug.ts --help`)
    process.exitCode = 2
}
