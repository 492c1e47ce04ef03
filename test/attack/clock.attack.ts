import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HEAP } from '../support/attack.ts'
import { Receiver, Service } from '../support/service.ts'

const HOUR = 3_600_000
const SECONDS = 4

/** Shifts the wall clock of its process by what a file says, at a signal that Node-RED does not use, and nothing else: timers go on as they do when a clock is set. */
const preload = (file: string) => `
const { readFileSync } = require('node:fs')
const Real = Date
const { now } = Real
let shift = 0
Real.now = () => now() + shift
globalThis.Date = new Proxy(Real, {
    construct: (target, given, self) => Reflect.construct(target, given.length === 0 ? [Real.now()] : given, self),
    apply: () => new Real(Real.now()).toString(),
})
process.on('SIGWINCH', () => {
    shift += Number(readFileSync(${JSON.stringify(file)}, 'utf8'))
    console.log('the wall clock was set to ' + new Date().toISOString())
})
`

for (const [how, by] of [
    ['back', -HOUR],
    ['forward', HOUR],
] as const)
    describe(`with the wall clock set ${how} by an hour`, function () {
        this.timeout(40_000)
        let folder: string
        let service: Service
        let receiver: Receiver
        before(async () => {
            folder = await mkdtemp(join(tmpdir(), 'socketworks-clock-'))
            const file = join(folder, 'shift')
            await writeFile(file, String(by))
            await writeFile(join(folder, 'preload.cjs'), preload(file))
            service = await Service.start({ env: { NODE_OPTIONS: `${HEAP.NODE_OPTIONS} --require ${join(folder, 'preload.cjs')}` } })
            receiver = await Receiver.listen()
        })
        after(async () => {
            await service.close()
            await receiver.close()
            await rm(folder, { recursive: true })
        })

        const setClock = async () => {
            const before = service.red.log.split('the wall clock was set').length
            process.kill(service.red.pid, 'SIGWINCH')
            await service.until(async () => service.red.log.split('the wall clock was set').length > before)
        }
        const start = async (seconds: number): Promise<string> => {
            const { status, body } = await service.post('/api/instance', { timeout: seconds * 1000 })
            assert.equal(status, 200, JSON.stringify(body))
            return body.instance.id
        }
        const get = async (id: string) => (await service.get(`/api/instance/${id}`)).body.instance

        it('a run, a wait and a callback that is tried again end in time, neither late nor early', async () => {
            const from = performance.now()
            const passed = () => (performance.now() - from) / 1000
            const run = await start(SECONDS)
            const waiting = service.get(`/api/wait?duration=${SECONDS}`).then(passed)
            await service.get(`/api/wait?duration=${SECONDS}`, { 'CPEE-CALLBACK': receiver.url })
            await setClock()
            // Short ones beside them: what is looked at because of them must not take the others for due.
            const short = await start(0.5)
            receiver.statuses.push(500)
            await service.get('/api/wait?duration=0.2', { 'CPEE-CALLBACK': receiver.url })
            await receiver.called(2)
            const retried = passed()
            await service.until(async () => (await get(short)).stopTimestamp !== null)
            assert.ok(passed() < SECONDS, `what is short ended after ${passed()} s only`)
            assert.equal((await get(run)).stopTimestamp, null)
            const calledBack = receiver.called(3).then(passed)
            const off = service.relay(false).then(passed)
            const times = { off: await off, waiting: await waiting, calledBack: await calledBack }
            for (const [what, at] of Object.entries(times)) assert.ok(at >= SECONDS - 0.05 && at < SECONDS + 4, `${what}: ${at} s`)
            assert.ok(retried < SECONDS, `the callback was tried again after ${retried} s`)
            for (const id of [run, short]) {
                const { startTimestamp, stopTimestamp } = await get(id)
                assert.ok(Date.parse(stopTimestamp) >= Date.parse(startTimestamp), `${startTimestamp} to ${stopTimestamp}`)
            }
        })

        it('a plug that insists is switched off again at once', async () => {
            await service.put('/api/recover')
            await service.post('/api/emergency-stop')
            service.plug.press()
            await setClock()
            await service.relay(false, 7000)
            service.plug.press()
            await service.relay(false, 7000)
        })
    })
