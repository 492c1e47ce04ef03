import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isBuilt, sources } from '../scripts/demo-build.ts'

describe('npm start', () => {
    let root: string
    const write = async (file: string, minute: number) => {
        const path = join(root, file)
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, '')
        for (const touched of [path, dirname(path)]) await utimes(touched, minute * 60, minute * 60)
    }
    beforeEach(async () => {
        root = await mkdtemp(join(tmpdir(), 'socketworks-build-'))
        for (const folder of sources) await write(`${folder}/old.ts`, 1)
        await write('dist/THIRD-PARTY-LICENSES.txt', 2)
    })
    afterEach(() => rm(root, { recursive: true }))

    it('does not build again what is built', () => assert.equal(isBuilt(root), true))

    for (const file of ['web/shared/theme.css', 'web/observer/main.ts', 'nodes/wait/runtime.ts', 'scripts/build.mjs'])
        it(`builds again when ${file} is newer than what was built`, async () => {
            await write(file, 3)
            assert.equal(isBuilt(root), false)
        })

    it('builds where nothing was built, or a build did not end', async () => {
        await rm(join(root, 'dist/THIRD-PARTY-LICENSES.txt'))
        assert.equal(isBuilt(root), false)
    })
})
