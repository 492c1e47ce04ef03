import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { HEAP, lives, slowest } from '../support/attack.ts'
import { FleetObserver, report, reports, update } from '../support/fleet-observer.ts'
import type { Frames } from '../support/frames.ts'

/** Milliseconds of computing within which a single answer comes while everything is done to keep it from coming. */
const PATIENCE = 2000
const VALUE = 'x'.repeat(15_000)

/** Sends as many frames as the other end takes, a hundred a second at the most, for so many seconds and until it is enough. */
async function flood(client: Frames, seconds: number, isEnough: () => boolean, make: (n: number) => unknown): Promise<void> {
    // What it is told is of no interest, and not kept.
    client.socket.removeAllListeners('message')
    const end = performance.now() + seconds * 1000
    for (let n = 0; performance.now() < end || !isEnough(); n++) {
        if (client.socket.bufferedAmount < 1_000_000) client.send(make(n))
        await sleep(10)
    }
    client.socket.terminate()
}

describe('a fleet of 512 MB', function () {
    this.timeout(120_000)
    let observer: FleetObserver
    beforeEach(async () => {
        observer = await FleetObserver.start({ env: { ...HEAP } })
    })
    afterEach(function () {
        if (this.currentTest?.isFailed()) console.log(observer.red.log.slice(-3000))
        return observer.red.kill()
    })
    const connect = (count: number, path: string) => Promise.all(Array.from({ length: count }, () => observer.connect(path)))
    it('lives on while ten connections send ever new devices of 60 kB, and takes what others say', async () => {
        const honest = await observer.connect('/update/')
        await reports(honest, '0000', '0001', { battery: 1, country: 'AT' })
        const attackers = await connect(10, '/update/')
        const made = (a: number) => (n: number) =>
            update(String(n % 10_000).padStart(4, '0'), `attacker-${a}-with-a-long-name-${n}`, {
                [`a${n}`]: VALUE,
                [`b${n}`]: VALUE,
                [`c${n}`]: VALUE,
                [`d${n}`]: VALUE,
            })
        const answers: string[] = []
        const flooding = Promise.all(attackers.map((client, a) => flood(client, 20, () => answers.length > 10, made(a))))
        const most = await slowest(flooding, async () => {
            answers.push(await report(honest, String(answers.length + 1).padStart(4, '0'), '0001', { battery: answers.length + 2 }))
            return lives(observer.red, PATIENCE)
        })
        assert.ok(answers.length > 10 && answers.every((answer) => answer === 'OK'), `${answers}`)
        assert.ok(most < PATIENCE, `${most} ms`)
        const listed = await observer.get('/devices?filter=[{"property":"serial_number","op":"=","value":"0001"}]')
        assert.equal(listed.body.rows[0].battery, answers.length + 1)
    })
})
