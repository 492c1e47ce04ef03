import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Phase, phaseOf } from '../../support/power-phase.ts'
import { CONFIRM, type Made, Walk } from '../../support/power-walk.ts'
import { random } from '../../support/random.ts'
import type { Trouble } from '../../support/walk-plug.ts'

const fair: Trouble = { lost: 0, doubled: 0, late: 0, faults: false, presses: false, numbered: false }
const lossy: Trouble = { ...fair, lost: 0.2, doubled: 0.1, late: 3000, faults: true }
const killed: Trouble = { ...fair, doubled: 0.2, late: 8000, faults: 'kills' }
const kinds: Record<string, Trouble> = {
    'a plug that takes its time': fair,
    'somebody at the button': { ...fair, doubled: 0.1, late: 100, presses: true },
    'reports that come late and twice': { ...fair, doubled: 0.2, late: 8000 },
    'reports that come late and twice, also those of a process before': killed,
    'reports that come half a minute late, also those of a process before': { ...killed, doubled: 0, late: 30_000 },
    'reports that come half a minute late and twice, also those of a process before': { ...killed, doubled: 0.4, late: 30_000 },
    'messages that get lost, and reports that come late and twice, also those of a process before': { ...killed, lost: 0.1 },
    'all of that, and a plug that answers late, whose answers have a number': { ...killed, lost: 0.2, late: 15_000, numbered: true },
    'messages that get lost, and a plug and a process that come and go': lossy,
    'all of that, later than a command may take': { ...lossy, late: 15_000 },
    'all of that, and somebody at the button': { ...lossy, presses: true },
    'all of that, and a plug whose answers have a number': { ...lossy, numbered: true },
}

const letters: Record<Phase, string> = {
    loading: 'L',
    idle: 'I',
    'switching on': 'N',
    running: 'R',
    'switching off': 'F',
    'off due': 'D',
    'checking off': 'C',
    halted: 'H',
}

/** The table of docs/power-machine.md: the letters of the phases that an event may lead to, by event and letter. */
const table = new Map<string, string>()
const page = readFileSync(new URL('../../../docs/power-machine.md', import.meta.url), 'utf8')
for (const line of /```\n(.*?)```/s.exec(page)![1]!.trim().split('\n').slice(1)) {
    const [event, ...cells] = line.split(/\s+/)
    for (const [n, letter] of Object.values(letters).entries()) if (cells[n] !== '-') table.set(`${event} in ${letter}`, cells[n]!)
}

/** What was walked of it. */
const seen = new Set<string>()

/** What has to hold after every step. @param isSure whether what a plug answers within the time for a command is about that */
function check({ before, event, after, effects, now }: Made, walk: Walk, isSure: boolean): void {
    const cell = `${event.type} in ${letters[phaseOf(before, now)]}`
    const to = letters[phaseOf(after, now)]
    seen.add(cell)
    assert.ok(table.get(cell)?.includes(to), `the table does not say that ${cell} may lead to ${to}`)
    assert.equal(after.retry.isTrying && after.retry.isWaiting, false)
    if (isSure && before.pending?.on && effects.some((effect) => effect.do === 'settle' && effect.outcome === 'confirmed'))
        assert.ok(walk.plug.hasObeyed, 'an ON is taken for done that the plug has yet to carry out')
    if (!after.isLoaded || walk.turn) return
    assert.equal(after.pending, null, 'a command has a turn')
    if (after.running > 0 || event.type === 'expired' || event.type === 'recovered') return
    const mayBeOn = (walk.plug.on && walk.plug.isOurs) || walk.plug.onsAhead > 0
    if (mayBeOn) assert.ok(after.offDue || after.haltedAt !== null, 'it is on because of us, and no OFF is due')
}

/** What has to hold once all effects are carried out: whatever is due is being done. */
function checkRest(walk: Walk): void {
    const { state, timers, now } = walk
    const phase = phaseOf(state, now)
    assert.equal(timers.has('confirm'), state.pending !== null)
    if (walk.turn || walk.turns.length > 0 || !state.isConnected) return
    if (phase === 'off due') assert.ok(state.retry.isTrying || timers.has('retry'), 'it is not being switched off')
    if (phase === 'checking off') assert.ok(timers.has('poll'), 'it is not being asked')
}

/** One that may come twice, and be recovered at once. */
function emergency(walk: Walk, chance: () => number): void {
    walk.halt()
    if (chance() < 0.3) walk.after(Math.floor(chance() * 20), () => walk.halt())
    if (chance() < 0.4) walk.after(Math.floor(chance() * 40), () => walk.recover())
}

function act(walk: Walk, trouble: Trouble, chance: () => number): void {
    const pick = chance()
    if (pick < 0.35) walk.start()
    else if (pick < 0.5) walk.stop()
    else if (pick < 0.6) walk.expire()
    else if (pick < 0.68) emergency(walk, chance)
    else if (pick < 0.8) walk.recover()
    else if (trouble.faults === 'kills') walk.restart()
    else if (pick < 0.83) walk.tell({ type: 'measuring' })
    else if (pick < 0.86) walk.tell({ type: 'unclear', ask: { topic: 'cmnd/plug/StateText', payload: '' } })
    else if (pick < 0.89 && trouble.presses) walk.plug.press()
    else if (!trouble.faults) return
    else if (pick < 0.92) walk.drop(Math.floor(chance() * 10_000))
    else if (pick < 0.96) walk.plug.away(Math.floor(chance() * 20_000))
    else walk.restart()
}

function go(seed: number, kind: Trouble, look: (walk: Walk) => void = checkRest): void {
    const chance = random(seed)
    const trouble = { ...kind }
    // Who has lost a question takes the late answer to an earlier one for its answer.
    const isSure = kind.lost === 0 || kind.late <= CONFIRM
    const story: string[] = []
    try {
        const walk = new Walk(chance, trouble, (made, walk) => {
            const done = made.effects.map((effect) => Object.values(effect).slice(0, 2).join(' ')).join(', ')
            story.push(
                `${made.now} ${JSON.stringify(made.event)}: ${phaseOf(made.after, made.now)}; ${done} (plug ${walk.plug.on ? 'on' : 'off'})`,
            )
            check(made, walk, isSure)
        })
        for (let n = 3 + Math.floor(chance() * 15); n > 0; n--) {
            act(walk, trouble, chance)
            walk.advance(Math.floor(chance() < 0.5 ? chance() * 60 : chance() * 8000))
            look(walk)
        }
        Object.assign(trouble, { lost: 0, doubled: 0, late: 0 })
        walk.advance(61_000)
        // A press that nobody heard of shows when the plug says by itself what it does.
        walk.plug.remind()
        walk.advance(250_000)
        assert.equal(walk.state.running, walk.running.length)
        if (walk.running.length > 0) assert.ok(walk.plug.on, 'somebody runs, and it is off')
        else assert.ok(!(walk.plug.on && walk.plug.isOurs) && !walk.state.offDue, 'nobody runs, and it is on')
    } catch (error) {
        throw new Error(`seed ${seed}: ${error}\n${story.join('\n')}`)
    }
}

describe('the power machine', () => {
    const rounds = Number(process.env.RULE_ROUNDS ?? 1000)
    for (const [title, kind] of Object.entries(kinds))
        it(`has the plug off, or switches it off, if nobody runs: ${title}`, () => {
            for (let seed = 0; seed < rounds; seed++) go(seed, kind)
        })

    it('has a state of plain data', () => {
        go(1, kinds['all of that, and somebody at the button']!, (walk) => assert.deepEqual(structuredClone(walk.state), walk.state))
    })

    it('has nothing in its table that never happens', () =>
        assert.deepEqual(
            [...table.keys()].filter((cell) => !seen.has(cell)),
            [],
        ))
})
