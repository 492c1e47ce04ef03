// Plays a profile and has alarms come, go, and be shelved for a moment, as fast as it can, saying what is committed, until it is killed.
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { alarmsOf } from '../../../../src/alarms/index.ts'
import { LocalBus } from '../../../../src/bus/index.ts'
import { systemClock } from '../../../../src/lib/index.ts'
import { playerOf, readProfile } from '../../../../src/process/index.ts'
import { openStore } from '../../../../src/stores.ts'
import { random } from '../../../support/random.ts'

const [place, life] = process.argv.slice(2)
const say = (...words: unknown[]) => void writeSync(1, `${JSON.stringify(words)}\n`)
const log = (...words: unknown[]) => say('log', ...words.map(String))
const { signal } = new AbortController()
const store = openStore({ ...JSON.parse(place!), retentionDays: 0, clock: systemClock, log })
const parts = { clock: systemClock, newId: randomUUID, log, bus: new LocalBus({ clock: systemClock, log }) }
const alarms = alarmsOf(store, { ...parts, group: 'g' })
const player = playerOf(store, { ...parts, name: 'v' })
alarms.onTransition(({ transition: { seq, id, to } }) => say('transition', seq, id, to), signal)
player.onNews(({ what, view }) => what === 'set-point' && say('set-point', view.setPoint), signal)
await store.ready(signal)
alarms.attach(signal)
player.attach(signal)
const behaviour = { latch: false, onDelay: 0, offDelay: 0, repeat: 0 }
const draw = random(Number(life))

if (life === '0') {
    const steps = Array.from({ length: 400 }, (_, value) => [
        { type: 'set', value },
        { type: 'hold', duration: 0.02 },
    ]).flat()
    const profile = readProfile('profile', { steps }, { min: 0, max: 1000 })
    await player.start(profile, { resolution: 1, outage: 'continue', outageAfter: 1 }, '')
}
for (;;) {
    const id = `a${Math.floor(draw() * 5)}`
    const who = { by: 'me', comment: '' }
    try {
        if (draw() < 0.6) await alarms.report({ id, text: id, priority: 'low', value: null, isActive: draw() < 0.6, behaviour })
        else if (draw() < 0.5) await alarms.shelve(id, Date.now() + 30, who)
        else await alarms.operate(id, 'acknowledge', who)
    } catch (error) {
        if (!['WRONG_STATE', 'UNKNOWN_ALARM'].includes((error as { code: string }).code)) say('failed', String(error))
    }
}
