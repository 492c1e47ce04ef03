import assert from 'node:assert/strict'
import { allowList, makeHostGuard } from '../../src/http/index.ts'
import { type JobEvent, step } from '../../src/jobs/machine.ts'
import { defaultPolicy } from '../../src/jobs/policy.ts'
import { freshRecord, type JobRecord } from '../../src/jobs/record.ts'
import { readTrigger } from '../../src/jobs/trigger.ts'
import type { Refusal } from '../../src/lib/index.ts'
import { postgresFault } from '../../src/store/postgres/faults.ts'
import { sqliteFault } from '../../src/store/sqlite/faults.ts'
import { inLanguage } from '../../web/jobs/server-texts.ts'
import { trigger, wrongTriggers } from '../support/job-server.ts'

const NOW = Date.parse('2026-07-01T00:00:00Z')
const rules = { allows: allowList('a.test'), guard: makeHostGuard({ ports: () => [1880] }), mostBytes: 1000 }
const refused = (run: () => unknown): Refusal => {
    try {
        run()
    } catch (error) {
        return error as Refusal
    }
    return assert.fail('was not refused')
}
const german = (text: string) => inLanguage(text, 'de')
const translated = (text: string) => {
    const found = german(text)
    // Each text has a word that English has not.
    assert.match(found, /[äöüß]|\b(muss|darf|fehlt|ist|hat|der|die|das|er|es|sein|durch|zu|weitere|nicht)\b/i, text)
    assert.doesNotMatch(found, /\b(must|the|it|has|been|not|cannot|required|is)\b/, found)
    return found
}

describe('what the server says, in German on the jobs page', () => {
    it('is all that can be wrong with a trigger', () => {
        const pkg = { package_name: 'p', path: 'a' }
        const more = [
            ...['', ' ', '.', 'a'.repeat(300), 'a*', '\u0007', '~a', 5].map((package_name) => ({ Package: { ...pkg, package_name } })),
            ...[
                'http://u:p@a.test/',
                'ftp://a.test/',
                'http://b.test/',
                'http://a b/',
                'ä'.repeat(200),
                `http://a.test/${'x'.repeat(3000)}`,
            ].map((path) => ({ Package: { ...pkg, path } })),
            ...[-1, 1.5, 'x', 2000].map((size) => ({ Package: { ...pkg, size } })),
            ...['x'.repeat(70_000), JSON.parse('{"__proto__":1}')].map((other) => ({ Package: { ...pkg, other } })),
            ...[7, 'x'.repeat(300), ' ', 'a\nb'].map((robot_name) => ({ Robot: { robot_name, robot_address: 'r' } })),
            ...[7, 'Mars/Here'].map((timeZone) => ({ Schedule: { date: '15-7', time: '9:00', timeZone } })),
            { Schedule: { date: '15-7', time: '9:00', overlap: 'both' } },
            { Schedule: { date: '15-7', cron: '* * * * *' } },
            { Schedule: { cron: '0 0 31 2 *' } },
            { Schedule: { cron: '2027-01-01' } },
            { Schedule: { date: '2027-07-15T09:00', time: '9:00' } },
            ...[{ attempts: 'x' }, { timeout: -1 }, { misfire: 'x' }, { priority: 1000 }, { unknown: 1 }].map((Policy) => ({ Policy })),
        ]
        for (const wrong of [...wrongTriggers, ...more]) {
            const { details, message } = refused(() => readTrigger({ ...trigger('r'), ...wrong }, rules, {}, NOW))
            const errors = details.errors as { path: string; message: string }[]
            for (const error of errors) translated(error.message)
            assert.equal(german(message), errors.map((error) => `${error.path} ${german(error.message)}`).join('; '))
        }
    })

    it('is why something is not done, and why a job is as it is', () => {
        const now = { wall: 1_000_000, task: 2_000_000 }
        const policy = JSON.stringify({ ...defaultPolicy, attempts: 1, misfire: 'skip' })
        const fresh = freshRecord({
            ...{ id: 'j1', queue: 'q', target: 'r', targetName: '', name: '', payload: '{}', schedule: '{}', policy },
            ...{ priority: 0, series: null, run: 1, createdAt: 0, dueAt: now.wall, key: null, path: null },
        })
        const to = (job: JobRecord, ...events: JobEvent[]) => events.reduce((before, event) => step(before, event, now).job, job)
        const cancel: JobEvent = { type: 'cancel', series: true, canAsk: true, by: 'Ann' }
        const sent = to(fresh, { type: 'due' }, { type: 'send' })
        const told = (status: 'failed' | 'rejected'): JobEvent => ({ type: 'answer', answer: { target: 'r', fence: 1, status } })
        const ended = [
            to({ ...fresh, dueAt: now.wall - 60_000 }, { type: 'due' }),
            to(fresh, cancel),
            to(sent, told('failed')),
            to(sent, told('rejected')),
            to({ ...sent, deadlineAt: 0 }, { type: 'deadline', isSettling: false }),
            to(sent, { type: 'lost', fence: 1 }),
            to({ ...sent, deadlineAt: 0, cancelling: true }, { type: 'deadline', isSettling: false }),
            to({ ...fresh, status: 'due', deadlineAt: 0, expiresAt: 1 }, { type: 'deadline', isSettling: false }),
        ]
        for (const { reason } of ended) translated(reason!)
        const force: JobEvent = { type: 'force', schedule: 'keep' }
        const odd: [JobRecord, JobEvent][] = [
            [ended[0]!, cancel],
            [ended[0]!, force],
            [sent, force],
            [sent, { type: 'retry' }],
            [{ ...sent, status: 'succeeded' }, { type: 'retry' }],
        ]
        for (const [job, event] of odd) assert.match(translated(refused(() => step(job, event, now)).message), /der Auftrag j1 /)
    })

    it('is why the store cannot keep or read anything', () => {
        const sqlite = [5, 6, 7, 8, 10, 11, 13, 14, 26].map((errcode) => sqliteFault(Object.assign(new Error('x'), { errcode })))
        const [open, closed] = [{ syscall: 'open' }, { code: 'ERR_INVALID_STATE' }].map((more) =>
            sqliteFault(Object.assign(new Error('x'), more)),
        )
        const states = '08000 25006 28000 3D000 3F000 40001 40P01 42501 42P01 53000 53100 53200 53300 55P03 57014 57P01 58000 XX001 XX002'
        const postgres = states.split(' ').map((code) => postgresFault(Object.assign(new Error('x'), { code })))
        for (const fault of [...sqlite, open, closed, ...postgres]) assert.match(translated(fault!.reason), /[dD]aten?|Platte|Datei/)
    })

    it('keeps what nobody can translate', () => {
        assert.equal(german('disk is empty'), 'disk is empty')
        assert.equal(
            german('Package.path cannot be had: connect ECONNREFUSED 127.0.0.1:9'),
            'Package.path ist nicht zu bekommen: connect ECONNREFUSED 127.0.0.1:9',
        )
        assert.equal(
            german('Package.hash is not that of the file, which is ab; Package.size is not that of the file, which has 3 bytes'),
            'Package.hash ist nicht der der Datei, der ab ist; Package.size ist nicht die der Datei, die 3 Bytes hat',
        )
    })
})
