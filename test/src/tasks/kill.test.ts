import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../../src/lib/index.ts'
import { tasksOn, Worker } from '../../../src/tasks/index.ts'
import { workbench } from '../store/open.ts'

const program = fileURLToPath(new URL('child/busy-worker.ts', import.meta.url))

describe('a worker that is killed', () => {
    const bench = workbench()
    after(() => bench.clear())

    it('has lost nothing: what was kept and not done is done by the next process, at once also what it was at', async () => {
        const heard = new Map<string, Set<string>>(['kept', 'done', 'stuck', 'log'].map((word) => [word, new Set()]))
        const child = spawn(process.execPath, [program, bench.file()], { stdio: ['ignore', 'pipe', 'ignore'] })
        for await (const line of createInterface(child.stdout)) {
            const [word, id] = line.split(' ') as [string, string]
            heard.get(word)!.add(id)
            // What it says until it has ended counts, too.
            if (word === 'stuck') child.kill('SIGKILL')
        }
        const [kept, done, stuck] = ['kept', 'done', 'stuck'].map((word) => heard.get(word)!)
        const [lost] = [...stuck!]

        const store = bench.open(bench.file())
        const tasks = tasksOn(store, { clock: systemClock, newId: () => 'me', log: assert.fail })
        const again: string[] = []
        const closing = new AbortController()
        new Worker(tasks, { kind: 'k', run: ({ id }): undefined => void again.push(id), log: assert.fail }, closing.signal)
        while (!again.includes(lost!) || tasks.total('k').count > 0) await new Promise((resolve) => setImmediate(resolve))
        closing.abort()
        for (const id of kept!) assert.ok(done!.has(id) || again.includes(id), `${id} was kept and is gone`)
        assert.equal(new Set(again).size, again.length)
        assert.deepEqual([...heard.get('log')!], [])
    })
})
