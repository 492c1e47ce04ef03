import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'

const root = resolve(import.meta.dirname, '../..')

/** When the latest of these files was written; 0 if there is none. */
function latest(folder: string): number {
    try {
        const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        return Math.max(0, ...files.map((file) => statSync(join(root, folder, file)).mtimeMs))
    } catch {
        return 0
    }
}

interface NodeSet {
    types: string[]
    enabled: boolean
    module: string
    err?: string
    version: string
}

for (const version of ['5', '4.1'] as const)
    describe(`the built pack in a real Node-RED ${version}`, () => {
        let red: RunningNodeRed
        before(async () => {
            const built = latest('dist')
            if (['src', 'nodes', 'locales', 'icons'].some((folder) => latest(folder) > built))
                assert.equal(spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' }).status, 0)
            const rooms = readdirSync(join(root, 'nodes'))
            const flows = [
                { id: 'tab', type: 'tab' },
                ...rooms.map((room) => ({ id: `n-${room}`, z: 'tab', x: 0, y: 0, type: `socketworks-${room}`, wires: [] })),
            ]
            red = await startNodeRed({ version, flows })
        })
        after(() => red?.stop())

        it('brings every type, and none with an error', async () => {
            const response = await fetch(`${red.url}/nodes`, { headers: { accept: 'application/json' } })
            const sets = ((await response.json()) as NodeSet[]).filter((set) => set.module === '@socketworks/node-red')
            assert.deepEqual(
                sets.filter((set) => set.err || !set.enabled),
                [],
            )
            const types = sets.flatMap((set) => set.types).sort()
            assert.deepEqual(
                types,
                readdirSync(join(root, 'nodes'))
                    .map((room) => `socketworks-${room}`)
                    .sort(),
            )
        })

        it('creates each with no settings at all, and stays up', async () => {
            assert.match(red.log, /\[socketworks-start-instance:n-start-instance\].*socket: must be chosen/)
            assert.ok((await fetch(`${red.url}/settings`)).ok)
            assert.doesNotMatch(red.log, /TypeError|ReferenceError|Unexpected Node Error|unhandled/i)
        })
    })
