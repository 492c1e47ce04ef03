import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFiles } from '../../../src/jobs/package-files.ts'
import { Refusal } from '../../../src/lib/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { eventually, scratch } from '../../support/file.ts'

const good = { package_name: 'package-x74s-eg', path: 'cloudinary/studioPackages/pkg1-x74s.std' }
const MUCH = 1_000_000
const HOUR = 3_600_000
/** As ids of jobs are. */
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

describe('the folder of packages', () => {
    const { root, clear } = scratch()
    after(clear)

    it('has a file for each job, made whole, and replaced', async () => {
        const files = packageFiles(join(root, 'a', 'packages'))
        await files.remove('j1')
        await files.write('j1', good, MUCH)
        await files.write('j1', { ...good, more: 1 }, MUCH)
        await Promise.all(Array.from({ length: 20 }, (_, i) => files.write(`k${i}`, good, MUCH)))
        const there = await readdir(join(root, 'a', 'packages'))
        assert.equal(there.length, 21)
        assert.deepEqual(JSON.parse(await readFile(join(root, 'a', 'packages', 'j1.json'), 'utf8')), { ...good, more: 1 })
        await files.remove('j1')
        assert.equal((await readdir(join(root, 'a', 'packages'))).includes('j1.json'), false)
    })

    it('never leads out of it', async () => {
        const files = packageFiles(join(root, 'b'))
        for (const id of ['../x', '/x', 'a/b', 'a\\b', '..', '.', '', 'a\0', 'CON', 'x'.repeat(10_240), 'a.b'])
            for (const done of [files.write(id, good, MUCH), files.remove(id)])
                await assert.rejects(done, (error: unknown) => error instanceof Refusal && error.code === 'BAD_INPUT')
        assert.deepEqual((await readdir(root)).includes('b'), false)
        const elsewhere = join(root, 'elsewhere')
        await writeFile(elsewhere, 'ours')
        await files.write('j0', good, MUCH)
        await symlink(elsewhere, join(root, 'b', 'j1.json'))
        await symlink(elsewhere, join(root, 'b', '.j2.tmp'))
        await files.write('j1', good, MUCH)
        await assert.rejects(files.write('j2', good, MUCH), /cannot be written/)
        assert.equal(await readFile(elsewhere, 'utf8'), 'ours')
    })

    it('says why a file cannot be written, and leaves nothing behind', async () => {
        await writeFile(join(root, 'file'), '')
        const isUnavailable = (text: RegExp) => (error: unknown) =>
            error instanceof Refusal && error.status === 503 && error.code === 'STORE_UNAVAILABLE' && text.test(error.message)
        await assert.rejects(
            packageFiles(join(root, 'file')).write('j1', good, MUCH),
            isUnavailable(/cannot be written: its folder is a file/),
        )
        await mkdir(join(root, 'c', 'j1.json', 'x'), { recursive: true })
        await assert.rejects(packageFiles(join(root, 'c')).write('j1', good, MUCH), isUnavailable(/cannot be written/))
        assert.deepEqual(await readdir(join(root, 'c')), ['j1.json'])
    })

    it('has no more bytes than it may, whoever wrote them', async () => {
        const folder = join(root, 'd')
        await mkdir(folder)
        const size = Buffer.byteLength(JSON.stringify(good, null, 4)) + 1
        await writeFile(join(folder, `${idOf(1)}.json`), 'x'.repeat(size))
        await writeFile(join(folder, 'of somebody else.json'), 'x'.repeat(10 * size))
        const files = packageFiles(folder)
        const most = 3 * size
        const isFull = (error: unknown) => error instanceof Refusal && error.status === 507 && error.code === 'FOLDER_FULL'
        await files.write(idOf(2), good, most)
        await assert.rejects(files.write(idOf(3), { ...good, more: 1 }, most), isFull)
        const all = await Promise.allSettled([3, 4, 5, 6].map((number) => files.write(idOf(number), good, most)))
        assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
        assert.equal((await readdir(folder)).length, 4)
        await files.remove(idOf(1))
        await files.write(idOf(7), good, most)
        await assert.rejects(files.write(idOf(8), good, most), isFull)
        await files.write(idOf(8), good, most + size)
    })

    it('has no more bytes than it may although some were removed before any was written', async () => {
        const folder = join(root, 'f')
        await mkdir(folder)
        for (const number of [1, 2]) await writeFile(join(folder, `${idOf(number)}.json`), 'x'.repeat(500))
        const files = packageFiles(folder)
        await files.remove(idOf(1))
        const isFull = (error: unknown) => error instanceof Refusal && error.code === 'FOLDER_FULL'
        await assert.rejects(files.write(idOf(3), good, 550), isFull)
        await files.write(idOf(3), good, 700)
    })

    it('loses the files of jobs that are gone, and no other', async () => {
        const folder = join(root, 'e')
        const elsewhere = join(root, 'kept')
        await mkdir(join(folder, `${idOf(50)}.json`), { recursive: true })
        await mkdir(elsewhere)
        await writeFile(join(elsewhere, `${idOf(60)}.json`), 'far away')
        await writeFile(join(elsewhere, 'target'), 'far away')
        await symlink(elsewhere, join(folder, 'link'))
        await symlink(join(elsewhere, 'target'), join(folder, `${idOf(51)}.json`))
        const gone = [1, 2].map((number) => `${idOf(number)}.json`).concat(`.${idOf(3)}.tmp`)
        const others = ['notes.json', 'j1.json', `${idOf(4)}.json.bak`, `${idOf(5).toUpperCase().replace('4000', 'ABCD')}.json`, '.hidden']
        const known = [10, 11, 12].map((number) => `${idOf(number)}.json`)
        for (const name of [...gone, ...others, ...known]) await writeFile(join(folder, name), 'x')
        const clock = new FakeClock(Date.now() + 2 * HOUR)
        await writeFile(join(folder, `${idOf(6)}.json`), 'being added')
        await utimes(join(folder, `${idOf(6)}.json`), clock.now() / 1000, clock.now() / 1000)
        const files = packageFiles(folder)
        const ending = new AbortController()
        const ask = (own: number[]) => async (ids: readonly string[]) => new Set(ids.filter((id) => own.map(idOf).includes(id)))
        const failed: string[] = []
        let isAway = true
        const first = async (ids: readonly string[]) => {
            if (isAway) throw new Error('the store is away')
            return await ask([10, 11])(ids)
        }
        const tidying = [first, ask([12])].map((owner) => files.tidy(owner, clock, ending.signal, (reason) => failed.push(reason)))
        const before = await readdir(folder)
        await clock.advanceAsync(60_000)
        await eventually(() => failed.length === 2)
        assert.match(failed[0]!, /is not tidied: .*the store is away/)
        assert.deepEqual(await readdir(folder), before)
        isAway = false
        await utimes(join(folder, `${idOf(6)}.json`), (clock.now() + HOUR) / 1000, (clock.now() + HOUR) / 1000)
        await clock.advanceAsync(HOUR)
        await eventually(async () => (await readdir(folder)).length === before.length - gone.length)
        assert.deepEqual(new Set(await readdir(folder)), new Set(before.filter((name) => !gone.includes(name))))
        assert.deepEqual(new Set(await readdir(elsewhere)), new Set([`${idOf(60)}.json`, 'target']))
        assert.ok((await stat(join(folder, `${idOf(50)}.json`))).isDirectory())
        await files.removeUnknown([10, 13, 6].map(idOf))
        assert.deepEqual((await readdir(folder)).includes(`${idOf(6)}.json`), false)
        assert.deepEqual((await readdir(folder)).includes(`${idOf(10)}.json`), true)
        ending.abort()
        await Promise.all(tidying)
        assert.equal(clock.pending, 0)
    })
})
