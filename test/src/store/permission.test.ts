import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { workbench } from './open.ts'

const program = fileURLToPath(new URL('child/health.ts', import.meta.url))

describe('a store that may not write', () => {
    let bench: ReturnType<typeof workbench>
    let opener: ChildProcess | undefined
    beforeEach(() => {
        bench = workbench()
    })
    afterEach(async () => {
        opener?.kill('SIGKILL')
        await bench.clear()
    })

    for (const what of ['directory', 'file'])
        it(`its ${what} says so, and opens once it may`, async () => {
            const file = bench.file()
            const made = bench.open(file)
            await made.states.put('n', 'kept')
            await made.close()
            const path = what === 'file' ? file : bench.root
            chmodSync(path, 0o555)
            const child = spawn(process.execPath, ['--no-warnings', program, file], { stdio: ['pipe', 'pipe', 'inherit'] })
            opener = child
            const told = createInterface(child.stdout)[Symbol.asyncIterator]()
            const { reason } = JSON.parse((await told.next()).value)
            assert.ok(reason.startsWith(`cannot write ${path}: permission denied`), reason)
            chmodSync(path, 0o755)
            assert.deepEqual(JSON.parse((await told.next()).value), { ok: true })
            const gone = once(child, 'exit')
            child.stdin.end()
            await gone
        })
})
