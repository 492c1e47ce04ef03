import assert from 'node:assert/strict'
import { readProfile } from '../../../../src/process/profile/document.ts'
import { type Control, type News, ProfilePlayer } from '../../../../src/process/profile/player.ts'
import type { Manner } from '../../../../src/process/profile/run.ts'
import { KeptWorld } from '../../../support/kept-world.ts'
import { refused } from '../../../support/refused.ts'

const HOUR = 3_600_000
const manner: Manner = { resolution: 1, outage: 'continue', outageAfter: 300_000 }
const profileOf = (given: object) => readProfile('profile', given, { min: 0, max: 100 })
const plain = {
    name: 'ale',
    steps: [
        { type: 'set', value: 20 },
        { type: 'hold', duration: 7200 },
        { type: 'ramp', to: 18, rate: 1 },
    ],
}

describe('a profile that is kept', () => {
    let world: KeptWorld
    let player: ProfilePlayer
    let told: string[]
    beforeEach(() => {
        world = new KeptWorld()
        told = []
        begin()
    })
    afterEach(() => world.clear())

    function begin(): void {
        player = new ProfilePlayer({ ...world.common, name: 'v', repository: world.store.profiles })
        const hear = ({ what, view: { setPoint } }: News) => told.push(what === 'set-point' ? `set-point ${setPoint}` : what)
        player.onNews(hear, world.closed)
        player.attach(world.closed)
    }
    const start = (given: object = plain, how: Partial<Manner> = {}) =>
        world.until(player.start(profileOf(given), { ...manner, ...how }, 'me'))
    const control = (what: Control) => world.until(player.control(what))
    const kill = async (away = 0) => {
        await world.kill(away)
        told = []
        begin()
        await world.idle()
    }

    it('is played by tasks, and survives kills: it goes on where it was', async () => {
        await start()
        assert.deepEqual(told, ['step', 'set-point 20'])
        await world.pass(HOUR)
        await kill()
        assert.deepEqual(told, ['set-point 20'])
        await world.pass(0.9 * HOUR)
        assert.deepEqual(told, ['set-point 20'])
        await world.pass(0.2 * HOUR)
        assert.deepEqual(told, ['set-point 20', 'step'])
        await kill(HOUR)
        assert.deepEqual(told, ['set-point 19'])
        await world.pass(2 * HOUR)
        assert.deepEqual(told.slice(1), ['step', 'set-point 18', 'ended'])
        assert.equal(world.tasks.total('profile').count, 0)
    })

    it('goes through a ramp whose set-points fall between milliseconds', async () => {
        const resolution = 0.1
        await start(
            {
                steps: [
                    { type: 'set', value: 20 },
                    { type: 'ramp', to: 21, rate: 13 },
                ],
            },
            { resolution },
        )
        await world.pass(600_000, 20_000)
        assert.equal(told.at(-1), 'ended')
        assert.equal(told.filter((one) => one.startsWith('set-point')).length, 11)
    })

    it('has a policy for an outage', async () => {
        await start(plain, { outage: 'ask' })
        await world.pass(600_000, 60_000)
        await kill(HOUR)
        assert.deepEqual([told[0], player.view!.status], ['outage', 'asking'])
        await control('resume')
        assert.equal(Math.round(player.view!.timeLeft / 60), 230)
    })

    it('is woken although its task was lost', async () => {
        await start()
        const { task } = (await world.until(world.store.profiles.get('v')))!
        await world.until(world.store.tasks.remove([task!]))
        await kill()
        await world.pass(2.1 * HOUR)
        assert.deepEqual(told, ['set-point 20', 'step'])
    })

    it('lasts as long as it is set to when the clock is set, and has its dates by the clock', async () => {
        await start()
        await world.pass(HOUR)
        world.clock.jump(-10 * HOUR)
        await world.pass(0.9 * HOUR)
        assert.deepEqual(told, ['step', 'set-point 20'])
        await world.pass(0.2 * HOUR)
        assert.deepEqual(told, ['step', 'set-point 20', 'step'])
        await control('stop')
        const at = (hours: number) => new Date(world.clock.now() + hours * HOUR).toISOString()
        await start({
            points: [
                { at: at(0), value: 20 },
                { at: at(10), value: 4 },
            ],
        })
        world.clock.jump(8 * HOUR)
        told = []
        await world.pass(1.5 * HOUR, 0.5 * HOUR)
        assert.deepEqual(told, [])
        await world.pass(HOUR)
        assert.deepEqual(told, ['step', 'set-point 4', 'ended'])
    })

    it('says after a restart once more what it ended with, but not what people may have changed since', async () => {
        await start()
        await control('stop')
        await kill()
        assert.deepEqual(told, ['set-point null'])
        await kill(HOUR)
        assert.deepEqual(told, [])
    })

    it('refuses what cannot be done, and changes nothing', async () => {
        await assert.rejects(control('pause'), refused(404, 'NO_PROFILE'))
        await start()
        await assert.rejects(start(), refused(409, 'WRONG_STATE'))
        await assert.rejects(control('confirm'), refused(409, 'WRONG_STATE'))
        await assert.rejects(
            world.until(player.edit(profileOf({ steps: [{ type: 'set', value: 9 }] }), 'me')),
            refused(409, 'PAST_CHANGED'),
        )
        await control('stop')
        await assert.rejects(control('pause'), refused(409, 'WRONG_STATE'))
        assert.deepEqual(told, ['step', 'set-point 20', 'set-point null', 'ended'])
    })

    it('is edited with a preview that changes nothing, and keeps its versions', async () => {
        await start()
        const edited = profileOf({ ...plain, steps: [plain.steps[0], { type: 'hold', duration: 3600 }, plain.steps[2]] })
        const { changes, before, after } = await world.until(player.preview(edited))
        assert.deepEqual(changes, [{ index: 1, before: { type: 'hold', duration: 7200 }, after: { type: 'hold', duration: 3600 } }])
        assert.deepEqual([before.timeLeft, after.timeLeft, player.view!.version], [14_400, 10_800, 1])
        await world.until(player.edit(edited, 'you'))
        assert.deepEqual([player.view!.version, player.view!.timeLeft, told.at(-1)], [2, 10_800, 'edited'])
        const versions = await world.until(player.versions(10))
        assert.deepEqual(
            versions.map(({ version, by }) => [version, by]),
            [
                [2, 'you'],
                [1, 'me'],
            ],
        )
    })

    it('takes what is measured without writing it down each time', async () => {
        const steps = [
            { type: 'set', value: 65 },
            { type: 'hold', duration: 3600, band: 1 },
            { type: 'set', value: 78 },
        ]
        await start({ steps })
        const before = await world.until(world.store.profiles.get('v'))
        for (const value of [20, 30, 40]) await world.until(player.measured(value))
        assert.deepEqual(await world.until(world.store.profiles.get('v')), before)
        await world.until(player.measured(64.5))
        await kill()
        await world.pass(1.1 * HOUR)
        assert.deepEqual(told, ['set-point 65', 'step', 'set-point 78', 'ended'])
    })
})
