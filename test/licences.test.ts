import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundled, licences } from '../scripts/licences.mjs'
import { files, imports, json, text } from './support/pack.ts'

describe('the licences of bundled packages', () => {
    it('are shipped, word for word, of all that editors and pages import', () => {
        const shipped = text('dist/THIRD-PARTY-LICENSES.txt')
        const sources = [
            ...files('nodes', 'editor.ts'),
            ...files('nodes', 'schema.ts'),
            ...files('src/editor', '.ts'),
            ...files('web', '.ts'),
        ]
        const names = new Set(
            sources
                .flatMap(imports)
                .filter((target) => !/^(node:|node-red|\.|(src|nodes|web|test)\/)/.test(target))
                .map((target) => /^(@[^/]+\/)?[^/]+/.exec(target)![0]),
        )
        assert.ok(names.has('valibot') && names.has('uplot') && names.has('tabulator-tables'))
        for (const name of names) {
            // Some are nothing but the names of others.
            const parts = [name, ...Object.keys(json(`node_modules/${name}/package.json`).dependencies ?? {})]
            const found = parts.filter((part) => shipped.includes(`\n${part} ${json(`node_modules/${part}/package.json`).version} (`))
            assert.notDeepEqual(found, [], `${name} is not mentioned`)
            for (const part of found) {
                const licence = files(`node_modules/${part}`, '').find((file) =>
                    /^node_modules\/(@[^/]+\/)?[^/]+\/licen[cs]e[^/]*$/i.test(file),
                )
                assert.ok(shipped.includes(text(licence!).trim()), part)
            }
        }
    })

    it('are those of every package that is in a file, also within another, and of no other', () => {
        const inputs = {
            'web/observer/main.ts': { bytesInOutput: 5 },
            'node_modules/a/dist/node_modules.js': { bytesInOutput: 1 },
            'node_modules/a/x.js': { bytesInOutput: 1 },
            'node_modules/a/node_modules/@b/c/index.js': { bytesInOutput: 1 },
            'node_modules/unused/index.js': { bytesInOutput: 0 },
        }
        const found = bundled([{ outputs: { 'main.js': { inputs } } }, { outputs: {} }])
        assert.deepEqual(found, ['node_modules/a', 'node_modules/a/node_modules/@b/c'])
    })

    it('keep a package from being bundled that comes without one', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'socketworks-licences-'))
        const there = join(folder, 'node_modules/there')
        await mkdir(there, { recursive: true })
        await assert.rejects(licences([there]), /there is bundled, and is no package/)
        await writeFile(join(there, 'package.json'), '{"name":"there","version":"1.2.3","license":"MIT"}')
        await assert.rejects(licences([there]), /there 1\.2\.3 \(MIT\) is bundled, and has no file with its licence/)
        await writeFile(join(there, 'LICENSE.md'), 'Do as you like.\n')
        await writeFile(join(there, 'NOTICE'), 'By somebody.\n')
        assert.match(await licences([there]), /\nthere 1\.2\.3 \(MIT\)\n\nDo as you like\.\nBy somebody\.\n$/)
        await rm(folder, { recursive: true })
    })
})
