import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AlarmEvent, type AlarmState, type Behaviour, noAlarm, step, wakeAt } from '../../../src/alarms/machine.ts'
import { letterOf, stateNames, table } from '../../../src/alarms/table.ts'
import { random } from '../../support/random.ts'

const plain: Behaviour = { latch: false, onDelay: 0, offDelay: 0, repeat: 0 }

/** The standard in other words: what is known of an alarm, from which the name of its state follows. */
interface Model {
    isActive: boolean
    /** Somebody has to look at it. */
    isNew: boolean
    /** It stands: it was raised, and is not over. */
    stands: boolean
    aside: 'shelved' | 'suppressed' | 'out-of-service' | undefined
}

function nameOf({ isActive, isNew, stands, aside }: Model): AlarmState['name'] {
    if (aside) return aside
    if (!stands) return isNew ? 'returned-unacknowledged' : 'normal'
    if (isActive) return isNew ? 'unacknowledged' : 'acknowledged'
    return isNew ? 'latched-unacknowledged' : 'latched-acknowledged'
}

const ranks = { shelved: 1, suppressed: 2, 'out-of-service': 3 }

/** What the standard says of an event. */
function follow(model: Model, event: AlarmEvent, latch: boolean): Model {
    const { aside, isActive } = model
    const back = { isActive, isNew: isActive, stands: isActive, aside: undefined }
    const put = (to: keyof typeof ranks) =>
        ranks[to] < ranks[aside ?? 'shelved'] ? model : { isActive, isNew: false, stands: false, aside: to }
    switch (event.type) {
        case 'condition':
            if (event.isActive === isActive || aside) return { ...model, isActive: event.isActive }
            if (event.isActive) return { isActive: true, isNew: true, stands: true, aside: undefined }
            return { ...model, isActive: false, stands: latch }
        case 'acknowledge':
            return aside ? model : { ...model, isNew: false }
        case 'reset':
            return aside || isActive || model.isNew ? model : { ...model, stands: false }
        case 'shelve':
            return put('shelved')
        case 'suppress':
            return put('suppressed')
        case 'remove-from-service':
            return put('out-of-service')
        case 'unshelve':
            return aside === 'shelved' ? back : model
        case 'unsuppress':
            return aside === 'suppressed' ? back : model
        case 'return-to-service':
            return aside === 'out-of-service' ? back : model
        case 'due':
            return model
    }
}

const others = ['acknowledge', 'reset', 'unshelve', 'suppress', 'unsuppress', 'remove-from-service', 'return-to-service'] as const

describe('the alarm machine', () => {
    it('goes by the table that docs/alarm-states.md shows', () => {
        const page = readFileSync(new URL('../../../docs/alarm-states.md', import.meta.url), 'utf8')
        const lines = Object.entries({ '': Object.keys(stateNames).join(' '), ...table }).map(([trigger, row]) =>
            [trigger.padEnd(20), ...row.split(' ').map((cell) => cell.padEnd(4))].join('').trimEnd(),
        )
        assert.ok(page.includes(`\`\`\`\n${lines.join('\n')}\n\`\`\``), lines.join('\n'))
        for (const [letter, name] of Object.entries(stateNames)) assert.match(page, new RegExp(`\\| ${letter} +\\| ${name} +\\|`))
    })

    for (const latch of [false, true])
        it(`does what ISA-18.2 says, whatever comes in whatever order, ${latch ? 'with a latch' : 'without a latch'}`, () => {
            const seen = new Set<string>()
            for (let seed = 1; seed <= 300; seed++) {
                const draw = random(seed)
                const behaviour = { ...plain, latch }
                let state = noAlarm(behaviour)
                let model: Model = { isActive: false, isNew: false, stands: false, aside: undefined }
                for (let n = 0; n < 60; n++) {
                    const pick = Math.floor(draw() * (others.length + 6))
                    const type = others[pick]
                    const event: AlarmEvent = type
                        ? { type }
                        : pick === others.length
                          ? { type: 'shelve', until: n + 100 }
                          : { type: 'condition', isActive: draw() < 0.5 }
                    const made = step(Object.freeze(state), event, n)
                    model = follow(model, event, latch)
                    assert.equal(made.state.name, nameOf(model), `seed ${seed}, step ${n}: ${state.name} and ${JSON.stringify(event)}`)
                    assert.equal(made.state.isActive, model.isActive)
                    const told = made.effects.filter((effect) => effect.do === 'tell')
                    if (made.state.name !== state.name)
                        assert.deepEqual([told.at(-1)?.from, told.at(-1)?.to], [state.name, made.state.name])
                    state = made.state
                    seen.add(letterOf(state.name))
                }
            }
            assert.deepEqual([...seen].sort().join(''), latch ? 'ABCDEFGHI'.replace('D', '') : 'ABCDGHI')
        })

    /** What becomes of an alarm, told `due` whenever it asked for it. */
    function run(behaviour: Behaviour, events: [at: number, event: AlarmEvent][], until: number) {
        let state = noAlarm(behaviour)
        const told: string[] = []
        const take = (event: AlarmEvent, now: number) => {
            const made = step(state, event, now)
            state = made.state
            for (const effect of made.effects) if (effect.do === 'tell') told.push(`${now} ${effect.trigger} ${letterOf(effect.to)}`)
        }
        for (const [at, event] of [...events, [until, undefined] as const]) {
            for (let due = wakeAt(state); due !== null && due <= at; due = wakeAt(state)) take({ type: 'due', at: due }, due)
            if (event) take(event, at)
        }
        return told
    }
    const condition = (isActive: boolean): AlarmEvent => ({ type: 'condition', isActive })

    it('waits until a condition has lasted, and until it has been over for as long', () => {
        const behaviour = { ...plain, onDelay: 10, offDelay: 20 }
        const events: [number, AlarmEvent][] = [
            [0, condition(true)],
            [9, condition(false)],
            [10, condition(true)],
            [15, condition(true)],
            [30, condition(false)],
            [49, condition(true)],
            [50, condition(false)],
        ]
        assert.deepEqual(run(behaviour, events, 100), ['20 raise B', '70 clear D'])
    })

    it('takes an alarm from the shelf by itself: it is raised if its condition is there, and normal if not', () => {
        const shelve = (until: number): AlarmEvent => ({ type: 'shelve', until })
        assert.deepEqual(
            run(
                plain,
                [
                    [0, condition(true)],
                    [1, shelve(50)],
                    [2, shelve(30)],
                ],
                100,
            ),
            ['0 raise B', '1 shelve G', '2 shelve G', '30 unshelve B'],
        )
        const over: [number, AlarmEvent][] = [
            [0, condition(true)],
            [1, shelve(50)],
            [2, condition(false)],
        ]
        assert.deepEqual(run(plain, over, 100), ['0 raise B', '1 shelve G', '2 clear G', '50 unshelve A'])
    })

    it('raises again what was acknowledged and still stands, and nothing else', () => {
        const behaviour = { ...plain, repeat: 10 }
        const events: [number, AlarmEvent][] = [
            [0, condition(true)],
            [50, { type: 'acknowledge' }],
            [65, { type: 'acknowledge' }],
            [70, condition(false)],
        ]
        assert.deepEqual(run(behaviour, events, 200), [
            '0 raise B',
            '50 acknowledge C',
            '60 raise-again B',
            '65 acknowledge C',
            '70 clear A',
        ])
    })
})
