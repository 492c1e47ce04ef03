import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal, systemClock } from '../../../src/lib/index.ts'
import { openLog } from '../../../src/log/index.ts'
import type { LogHealth, LogPolicy } from '../../../src/log/log-file.ts'
import type { Log } from '../../../src/log/open-log.ts'
import { FakeClock } from '../../support/fake-clock.ts'

describe('a log', () => {
    let folder: string
    let logs: Log[]
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), 'socketworks-log-'))
        logs = []
    })
    afterEach(async () => {
        for (const log of logs) await log.close()
        await rm(folder, { recursive: true })
    })

    const open = (policy: LogPolicy, name = 'general.log', clock = systemClock) => {
        const log = openLog(join(folder, name), policy, clock)
        logs.push(log)
        return log
    }
    const held = (size = 1024) => open({ by: 'size', size })
    const text = (name = 'general.log') => readFile(join(folder, name), 'utf8')
    const unavailable = (reason: RegExp) => (error: unknown) =>
        error instanceof Refusal && error.status === 503 && error.code === 'LOG_UNAVAILABLE' && reason.test(error.message)

    it('has a line in its file once it says so, in a folder that it makes', async () => {
        await open({ by: 'size', size: 1024 }, 'a/b/c.log').append('first')
        assert.equal(await text('a/b/c.log'), 'first\n')
    })

    it('keeps the order of what comes at once', async () => {
        const log = held(1_000_000)
        await Promise.all(Array.from({ length: 2000 }, (_, n) => log.append(`line ${n}`)))
        assert.deepEqual(
            (await text()).split('\n').slice(0, -1),
            Array.from({ length: 2000 }, (_, n) => `line ${n}`),
        )
    })

    /** All lines there are, those of the file before first; no file may be larger than this. */
    const kept = async (most: number) => {
        const both = await Promise.all(
            ['general.log.1', 'general.log'].map((name) => readFile(join(folder, name)).catch(() => Buffer.alloc(0))),
        )
        assert.ok(both.every(({ length }) => length <= most))
        assert.ok((await readdir(folder)).every((name) => name === 'general.log' || name === 'general.log.1'))
        return Buffer.concat(both).toString().split('\n').slice(0, -1)
    }

    it('holds its size by renaming the file, and always has the latest lines up to its size', async () => {
        const log = held(4096)
        const line = (n: number) => `line ${n} ${'x'.repeat(n % 60)}`
        for (let n = 0; n < 1000; n++) {
            await log.append(line(n))
            const lines = await kept(4096)
            const first = n + 1 - lines.length
            assert.deepEqual(
                lines,
                Array.from(lines, (_, i) => line(first + i)),
            )
            // The line before the first one would have been the first that is more than the limit.
            if (first > 0) assert.ok(Buffer.byteLength(`${lines.join('\n')}\n`) > 4096)
        }
        assert.deepEqual((await readdir(folder)).sort(), ['general.log', 'general.log.1'])
    })

    it('holds its size also when much comes at once, and with odd characters', async () => {
        const log = held(1024)
        await Promise.all(Array.from({ length: 300 }, (_, n) => log.append(`ü漢😀 ${n}`)))
        const lines = await kept(1024)
        assert.deepEqual(
            lines,
            Array.from(lines, (_, i) => `ü漢😀 ${300 - lines.length + i}`),
        )
        assert.ok(lines.length * 14 > 1024)
    })

    it('goes on with the files that are there after a restart', async () => {
        for (let start = 0; start < 5; start++) {
            const log = held(1024)
            for (let n = 0; n < 7; n++) await log.append(`start ${start} line ${n} ${'x'.repeat(60)}`)
            await log.close()
        }
        const lines = await kept(1024)
        assert.ok(lines.length > 1024 / 78)
        assert.deepEqual(
            lines.map((line) => line.slice(0, 14)),
            Array.from(lines, (_, i) => 35 - lines.length + i).map((n) => `start ${Math.floor(n / 7)} line ${n % 7}`),
        )
    })

    it('takes a line that just fits and refuses one that does not', async () => {
        const log = held(1024)
        await log.append('before')
        await log.append('x'.repeat(1023))
        assert.equal(await text(), `${'x'.repeat(1023)}\n`)
        assert.equal(await text('general.log.1'), 'before\n')
        await assert.rejects(log.append('x'.repeat(1024)), (error) => error instanceof Refusal && error.status === 422)
        assert.equal(await text(), `${'x'.repeat(1023)}\n`)
    })

    it('renames a file that was too large before, and goes on below a line that was cut off', async () => {
        const old = `${'old line\n'.repeat(1000)}cut o`
        await writeFile(join(folder, 'general.log'), old)
        const log = held(1024)
        await log.append('new')
        assert.deepEqual([await text(), await text('general.log.1')], ['new\n', old])
        await writeFile(join(folder, 'general.log'), 'cut o')
        await log.append('newer')
        assert.equal(await text(), 'cut o\nnewer\n')
    })

    it('keeps who may read the file, and a link to it', async () => {
        await writeFile(join(folder, 'real.log'), 'old line\n'.repeat(1000))
        await chmod(join(folder, 'real.log'), 0o600)
        await symlink(join(folder, 'real.log'), join(folder, 'general.log'))
        await held(1024).append('new')
        assert.equal(await text(), 'new\n')
        for (const name of ['real.log', 'real.log.1']) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600)
        assert.deepEqual((await readdir(folder)).sort(), ['general.log', 'real.log', 'real.log.1'])
    })

    it('writes nothing where a link leads that has the name of the file before', async () => {
        const log = held()
        await writeFile(join(folder, 'precious'), 'precious')
        await symlink(join(folder, 'precious'), join(folder, 'general.log.1'))
        for (let n = 0; n < 30; n++) await log.append('x'.repeat(100))
        assert.equal(await text('precious'), 'precious')
        assert.deepEqual((await readdir(folder)).sort(), ['general.log', 'general.log.1', 'precious'])
    })

    it('has one writer for a file that two use, held to the smaller size', async () => {
        const [a, b] = [held(100_000), held(2048)]
        const both = Array.from({ length: 500 }, (_, n) => [a, b][n % 2]!.append(`line ${n}`))
        await a.close()
        await Promise.all(both)
        const lines = await kept(2048)
        assert.deepEqual(
            lines,
            Array.from(lines, (_, i) => `line ${500 - lines.length + i}`),
        )
        assert.ok(lines.join('\n').length >= 2048)
        await b.append('still')
    })

    it('writes what waits when it is closed, and nothing later', async () => {
        const log = held(100_000)
        const waiting = Array.from({ length: 100 }, (_, n) => log.append(`line ${n}`))
        await log.close()
        await Promise.all(waiting)
        assert.equal((await text()).trimEnd().split('\n').length, 100)
        await assert.rejects(log.append('late'), unavailable(/closed/))
    })

    it('refuses when more waits than it may hold', async () => {
        const log = held(1_000_000)
        const results = await Promise.allSettled(Array.from({ length: 50_010 }, () => log.append('x')))
        const refused = results.filter(({ status }) => status === 'rejected')
        assert.ok(refused.length > 0 && refused.length <= 10)
        await log.append('again')
    })

    it('says what is wrong with its file, and goes on when it is right again', async () => {
        await mkdir(join(folder, 'general.log'))
        const log = held()
        const told: LogHealth[] = []
        log.onHealth((health) => told.push(health), new AbortController().signal)
        await assert.rejects(log.append('lost'), unavailable(/is a directory/))
        await assert.rejects(log.append('lost too'), unavailable(/is a directory/))
        await rm(join(folder, 'general.log'), { recursive: true })
        await log.append('kept')
        assert.equal(await text(), 'kept\n')
        assert.deepEqual(told, [{ ok: false, reason: 'is a directory' }, { ok: true }])
    })

    it('leaves the file as it was where it cannot be renamed', async () => {
        const log = held(1024)
        for (let n = 0; n < 100; n++) await log.append('0123456789')
        const before = await text()
        await rm(join(folder, 'general.log.1'))
        await mkdir(join(folder, 'general.log.1'))
        await assert.rejects(log.append('x'.repeat(1000)), unavailable(/is a directory/))
        assert.equal(await text(), before)
        await rm(join(folder, 'general.log.1'), { recursive: true })
        await log.append('y'.repeat(1000))
        assert.deepEqual([await text(), await text('general.log.1')], [`${'y'.repeat(1000)}\n`, before])
    })

    it('says that a disk is full', async function () {
        await stat('/dev/full').catch(() => this.skip())
        await symlink('/dev/full', join(folder, 'full.log'))
        await assert.rejects(open({ by: 'size', size: 1024 }, 'full.log').append('x'), unavailable(/the disk is full/))
    })

    describe('by days', () => {
        const at = (...date: [number, number, number, number?, number?, number?]) => new FakeClock(new Date(...date).getTime())

        it('writes a file a day, of local time', async () => {
            const clock = at(2026, 10, 21, 23, 59, 59)
            const log = open({ by: 'day', keep: 0 }, 'general.log', clock)
            const before = log.append('before midnight')
            clock.advance(1000)
            const after = log.append('after midnight')
            await Promise.all([before, after])
            assert.equal(await text('general-2026-11-21.log'), 'before midnight\n')
            assert.equal(await text('general-2026-11-22.log'), 'after midnight\n')
        })

        it('refuses what is too much for a day, and goes on the next', async () => {
            const clock = at(2026, 1, 28, 12)
            const log = open({ by: 'day', keep: 0, most: 100 }, 'general.log', clock)
            await log.append('x'.repeat(60))
            await assert.rejects(log.append('x'.repeat(60)), unavailable(/the file has as much as it may have/))
            await log.append('short')
            clock.advance(86_400_000)
            await log.append('x'.repeat(60))
        })

        it('deletes its own old files only', async () => {
            const others = ['general-2026-02-26.txt', 'general-2026-2-26.log', 'general-old.log', 'other-2020-01-01.log', 'general.log']
            others.push('general-2020-01-01-2020-01-01.log', 'general-2020-01-01.log.gz')
            for (const name of [...others, 'general-2026-02-26.log', 'general-2026-02-27.log']) await writeFile(join(folder, name), '')
            await mkdir(join(folder, 'general-2020-01-01.log'))
            const log = open({ by: 'day', keep: 2 }, 'general.log', at(2026, 2, 1, 12))
            await log.append('today')
            await log.append('once more')
            const kept = [...others, 'general-2020-01-01.log', 'general-2026-02-27.log', 'general-2026-03-01.log']
            assert.deepEqual((await readdir(folder)).sort(), kept.sort())
        })

        it('keeps them for ever with 0, and does without an extension', async () => {
            await writeFile(join(folder, 'log-2020-01-01'), '')
            await open({ by: 'day', keep: 0 }, 'log', at(2026, 2, 1)).append('today')
            assert.deepEqual((await readdir(folder)).sort(), ['log-2020-01-01', 'log-2026-03-01'])
        })
    })
})
