// mocha's spec reporter, then the totals as one line: `12 passed, 0 failed`.
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import mocha from 'mocha'
import { processorTime } from './processor-time.ts'

/** Milliseconds that the process may go on after its last test; its own test does not wait for so long. */
const linger = Number(process.env.SOCKETWORKS_LINGER ?? 15_000)

export default class Reporter extends mocha.reporters.Spec {
    constructor(runner, options) {
        super(runner, options)
        const { EVENT_RUN_END, EVENT_SUITE_END } = mocha.Runner.constants
        this.took = {}
        let before = { ms: performance.now(), cpu: 0 }
        runner.on(EVENT_SUITE_END, (suite) => {
            if (!suite.parent?.root) return
            const file = relative(process.cwd(), suite.file)
            const now = { ms: performance.now(), cpu: processorTime() }
            const { ms, cpu } = this.took[file] ?? { ms: 0, cpu: 0 }
            this.took[file] = { ms: ms + now.ms - before.ms, cpu: cpu + now.cpu - before.cpu }
            before = now
        })
        runner.once(EVENT_RUN_END, () => this.total(process.env.SOCKETWORKS_TALLY))
    }

    /** scripts/test.ts names a file for the totals, what failed and how long each file took, since it has the last word itself. */
    total(file) {
        const { passes, failures } = this.stats
        if (file) writeFileSync(file, JSON.stringify({ passes, failures, failed: this.failures.map(failed), took: this.took }))
        else console.log(`${passes} passed, ${failures} failed`)
        // Nothing forces the end of the run, so that a test which leaves something open is found; only the waiting has an end.
        setTimeout(() => {
            console.error('The tests are done but something they have left open keeps the process alive:', process.getActiveResourcesInfo())
            // Mocha sets the code as well when the process exits, to the number of failed tests.
            process.once('exit', () => {
                process.exitCode = 1
            })
            process.exit()
        }, linger).unref()
    }
}

/** As `Failed` of scripts/failures.ts. A hook has no file of its own. */
function failed(test) {
    const { message, stack = '' } = test.err
    const places = stack.split('\n').filter((line) => /^\s*at /.test(line))
    return {
        file: relative(process.cwd(), test.file ?? test.parent.file ?? ''),
        title: test.fullTitle(),
        message: String(message),
        stack: places.map((line) => line.trim()),
    }
}
