// Adds tasks that are due now or in a moment, and does them, until it is killed. It says what is kept, and what was done; the hundredth is
// begun and never ends.
import { randomUUID } from 'node:crypto'
import { systemClock } from '../../../../src/lib/index.ts'
import { openStore } from '../../../../src/stores.ts'
import { tasksOn, Worker } from '../../../../src/tasks/index.ts'

const say = (word: string, id: string) => process.stdout.write(`${word} ${id}\n`)
const log = (text: string) => say('log', text)
const store = openStore({ file: process.argv[2]!, retentionDays: 0, clock: systemClock, log: () => {} })
const tasks = tasksOn(store, { clock: systemClock, newId: randomUUID, log })
let begun = 0
const run = async ({ id }: { id: string }): Promise<undefined> => {
    say('done', id)
    if (++begun === 100) {
        say('stuck', id)
        await new Promise(() => {})
    }
}
const worker = new Worker(tasks, { kind: 'k', run, log }, new AbortController().signal)
for (let n = 0; ; n++) {
    const id = await worker.add({ owner: 'n', dueAt: Date.now() + (n % 3) * 20, payload: '' })
    say('kept', id)
}
