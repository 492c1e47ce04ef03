import assert from 'node:assert/strict'
import { allowList, makeHostGuard } from '../../../src/http/index.ts'
import { defaultPolicy } from '../../../src/jobs/policy.ts'
import { type JobDefaults, readMessage, readTrigger } from '../../../src/jobs/trigger.ts'
import type { Refusal } from '../../../src/lib/index.ts'

const NOW = Date.parse('2026-07-01T00:00:00Z')
const zone = { timeZone: 'Europe/Berlin' }
const rules = { allows: allowList(''), guard: makeHostGuard({ ports: () => [1880] }), mostBytes: 1000 }
const triggerOf = (given: unknown, defaults: JobDefaults) => readTrigger(given, rules, defaults, NOW)
/** As in the seed. */
const trigger = () => ({
    Package: { package_name: 'package-x74s-eg', path: 'cloudinary/studioPackages/pkg1-x74s.std' },
    Robot: { robot_name: 'LAPTOP-TAUNF8FD', robot_address: '001AFFDB45C2' },
    Schedule: { date: '15-7', time: '9:00:00' },
})

/** What is wrong, by path. */
function faults(read: () => unknown): Record<string, string> {
    try {
        read()
    } catch (error) {
        const { status, code, details } = error as Refusal
        assert.deepEqual([status, code], [422, 'BAD_INPUT'])
        return Object.fromEntries((details.errors as { path: string; message: string }[]).map(({ path, message }) => [path, message]))
    }
    return {}
}

const paths = (read: () => unknown) => Object.keys(faults(read)).toSorted()

describe('a trigger', () => {
    it('of the seed is taken, and more of its package goes along', () => {
        const given = { ...trigger(), Package: { ...trigger().Package, version: '1.2', hash: 'ab'.repeat(32) } }
        assert.deepEqual(triggerOf(given, zone), {
            target: '001AFFDB45C2',
            targetName: 'LAPTOP-TAUNF8FD',
            name: 'package-x74s-eg',
            payload: given.Package,
            schedule: { date: '15-7', time: '9:00:00', timeZone: 'Europe/Berlin', overlap: 'earlier' },
            dueAt: Date.parse('2026-07-15T07:00:00Z'),
            policy: defaultPolicy,
        })
    })

    it('is told a hundred faults at most', () => {
        const Policy = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, 1]))
        assert.equal(paths(() => triggerOf({ ...trigger(), Policy }, zone)).length, 100)
    })

    it('is told all that is wrong with it at once', () => {
        const everything = [
            'Package.package_name',
            'Package.path',
            'Robot.robot_address',
            'Robot.robot_name',
            'Schedule.date',
            'Schedule.time',
        ]
        assert.deepEqual(
            paths(() => triggerOf({ Package: {}, Robot: {}, Schedule: {} }, zone)),
            everything,
        )
        assert.deepEqual(
            paths(() => triggerOf({}, zone)),
            ['Package', 'Robot', 'Schedule'],
        )
        const bad = { Package: { package_name: 7, path: '../x' }, Robot: { robot_name: '', robot_address: '\0' } }
        assert.deepEqual(
            paths(() => triggerOf({ ...bad, Schedule: { date: '32-1', time: '25:00:00' }, Policy: { attempts: 0, often: 1 } }, zone)),
            [...everything, 'Policy.attempts', 'Policy.often'].toSorted(),
        )
    })

    for (const given of [undefined, null, 'text', 7, []])
        it(`is no ${JSON.stringify(given)}`, () =>
            assert.deepEqual(
                paths(() => triggerOf(given, zone)),
                ['trigger'],
            ))

    it('may say how it is sent; what it leaves out is as the node has it, or as usual', () => {
        const Policy = { attempts: '5', misfire: 'grace', grace: 1000, priority: -3, ttl: 60_000, timeout: null }
        const { policy } = triggerOf({ ...trigger(), Policy }, { ...zone, policy: { attempts: 7, backoff: 50 } })
        const told = { attempts: 5, misfire: 'grace', grace: 1000, priority: -3, ttl: 60_000 }
        assert.deepEqual(policy, { ...defaultPolicy, backoff: 50, ...told })
        for (const wrong of [
            { misfire: 'ask' },
            { ttl: 0 },
            { timeout: -1 },
            { priority: 101 },
            { priority: -101 },
            { grace: 'x' },
            JSON.parse('{"__proto__": 1, "constructor": 1}'),
        ])
            assert.deepEqual(
                paths(() => triggerOf({ ...trigger(), Policy: wrong }, zone)),
                Object.keys(wrong)
                    .map((name) => `Policy.${name}`)
                    .toSorted(),
            )
        const priority = faults(() => triggerOf({ ...trigger(), Policy: { priority: -101 } }, zone))
        assert.deepEqual(priority, { 'Policy.priority': 'must be a whole number from -100 to 100' })
    })
})

describe('a message for later', () => {
    const Schedule = { cron: '0 9 * * 1-5' }

    it('is any JSON, with a name if it has one', () => {
        for (const payload of [0, false, null, 'text', [1], { a: { b: [] } }])
            assert.deepEqual(readMessage({ payload, Schedule }, zone, NOW).payload, payload)
        const { target, name, schedule } = readMessage({ payload: 1, name: 'heater on', Schedule }, zone, NOW)
        assert.deepEqual([target, name, schedule], ['', 'heater on', { cron: '0 9 * * 1-5', timeZone: 'Europe/Berlin' }])
    })

    it('is refused with all that is wrong with it', () => {
        const circular: { self?: unknown } = {}
        circular.self = circular
        for (const payload of [undefined, () => {}, 1n, circular, 'x'.repeat(65_536)])
            assert.deepEqual(
                paths(() => readMessage({ payload, Schedule: {}, name: 'a\nb', target: 7 }, zone, NOW)),
                ['Schedule.date', 'Schedule.time', 'name', 'payload', 'target'],
            )
    })
})
