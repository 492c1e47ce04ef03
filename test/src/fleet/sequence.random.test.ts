import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { SequenceColumns } from '../../../src/fleet/sequence-columns.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { random as seeded } from '../../support/random.ts'
import { forgetful } from './memory.ts'

interface Sent {
    sequence: number
    set: Record<string, number>
}

/** A device that loses its connection, or its memory, and sends again what was not acknowledged. */
class Device {
    readonly state: Record<string, number> = {}
    connection = 0
    unacknowledged: Sent[] = []
    #sequence: number
    readonly #random: () => number

    constructor(random: () => number) {
        this.#random = random
        this.#sequence = this.#any()
    }

    /** Something happens to it, and it tells. Few values, so that different messages often say the same. */
    next(): Sent {
        const names = ['a', 'b', 'c'].filter(() => this.#random() < 0.5)
        const set = Object.fromEntries(names.map((name) => [name, Math.floor(this.#random() * 3)]))
        Object.assign(this.state, set)
        const sent = { sequence: this.#sequence, set }
        this.#sequence = (this.#sequence + 1) % 10_000
        return sent
    }

    restart(): void {
        this.connection++
        this.unacknowledged = []
        // Mostly near where it was: that is where messages are taken for others.
        this.#sequence = this.#random() < 0.7 ? (this.#sequence + 10_000 + Math.floor(this.#random() * 100) - 60) % 10_000 : this.#any()
    }

    #any(): number {
        return Math.floor(this.#random() * 10_000)
    }
}

describe('what a device says', () => {
    for (let seed = 1; seed <= 30; seed++)
        it(`is all kept, with whatever ids it begins anew and whatever it says twice (${seed})`, async () => {
            const random = seeded(seed)
            const fleet = new Fleet({ bus: makeBus(), name: 'devices', repository: forgetful(), clock: new FakeClock(), log: assert.fail })
            const columns = new SequenceColumns(fleet)
            await fleet.load()
            const device = new Device(random)
            const say = async ({ sequence, set }: Sent) => {
                const noted = columns.add('1', set, { sequence, kind: 'UPDT', connection: String(device.connection) })
                const { changed } = await fleet.update('1', noted.set, { register: true, history: false })
                noted.done()
                return [...changed.keys()].filter((name) => !name.startsWith('_'))
            }
            const holds = () => {
                const known = [...(fleet.rows.get('1')?.properties ?? [])].filter(([name]) => !name.startsWith('_'))
                assert.deepEqual(Object.fromEntries(known.map(([name, { value }]) => [name, value])), device.state)
            }
            for (let turn = 0; turn < 400; turn++) {
                const luck = random()
                if (luck < 0.1) device.restart()
                else if (luck < 0.2) device.connection++
                if (luck < 0.2) for (const sent of device.unacknowledged) await say(sent)
                else if (luck < 0.3) {
                    for (const sent of device.unacknowledged) assert.deepEqual(await say(sent), [], 'nothing is stored twice')
                } else {
                    const sent = device.next()
                    await say(sent)
                    device.unacknowledged = random() < 0.5 ? [...device.unacknowledged, sent] : []
                }
                holds()
            }
        })
})
