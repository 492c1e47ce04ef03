import assert from 'node:assert/strict'
import { readRobotMessage } from '../../../src/jobs/robot-message.ts'
import { Refusal } from '../../../src/lib/index.ts'

const words = {
    success: ['success', 'succeed', 'ok', 'done', 'complete', 'receive', 'finish', 'execut'],
    failure: ['fail', 'error', 'unsuccess', 'reject', 'abort', 'denied', 'invalid', 'exception', 'unable', 'timeout'],
}
const read = (given: unknown) => readRobotMessage('r1', given, words)
const said = (value: unknown) => read({ event: 'client robot message', value })
const refused = (code: string, path?: string) => (error: unknown) =>
    error instanceof Refusal &&
    error.code === code &&
    error.status === 422 &&
    (path === undefined || (error.details.errors as [{ path: string }])[0].path === path)

describe('what a robot says of a job', () => {
    for (const [text, status] of [
        ['success', 'succeeded'],
        ['Package package-x74s-eg received successfully', 'succeeded'],
        ['OK', 'succeeded'],
        ['Finished without errors', 'succeeded'],
        ['done, 0 errors', 'succeeded'],
        ['failure', 'failed'],
        ['Execution failed: exception in line 7', undefined],
        ['Failed: no such file', 'failed'],
        ['The package was not received', 'failed'],
        ["Robot couldn't complete the package", 'failed'],
        ['could not be executed', 'failed'],
        ['Unsuccessful', 'failed'],
        ['ERROR 17', 'failed'],
        ['completed with errors', undefined],
        ['Message sent by Robot indicating success or failure', undefined],
        ['hello', undefined],
        ['no error', undefined],
        ['', undefined],
        [true, 'succeeded'],
        [{ success: false, code: 7 }, 'failed'],
        [{ status: 'done' }, 'succeeded'],
        [7, undefined],
        [null, undefined],
        [[true], undefined],
    ] as const)
        it(`${JSON.stringify(text)} is ${status ?? 'unclear'}`, () => {
            if (status === undefined) assert.throws(() => said(text), refused('UNCLEAR_ANSWER'))
            else assert.equal(said(text)!.status, status)
        })

    it('may be a state, with the job, the fence and the progress', () => {
        const told = { event: 'client robot message', jobId: 'j', fence: 7, state: 'running', progress: 40, value: 'step 2' }
        const answer = { target: 'r1', jobId: 'j', fence: 7, status: 'running', progress: 40, text: 'step 2' }
        assert.deepEqual(read(told), answer)
        assert.equal(read({ ...told, state: 'succeeded', value: 'an error was corrected' })!.status, 'succeeded')
        assert.deepEqual(read({ ...told, value: { rows: 3 } })!.value, { rows: 3 })
        assert.equal(read({ event: 'client robot message', progress: 40 })!.status, 'running')
    })

    it('may be just the text, and is nothing where it is about something else', () => {
        assert.deepEqual(read('success'), {
            target: 'r1',
            jobId: undefined,
            fence: undefined,
            status: 'succeeded',
            progress: undefined,
            text: 'success',
        })
        assert.equal(read({ event: 'metadata', value: {} }), undefined)
    })

    it('is refused with the path of what is wrong with it', () => {
        const event = 'client robot message'
        for (const [wrong, path] of [
            [{ state: 'perhaps' }, 'state'],
            [{ state: 'running', progress: 101 }, 'progress'],
            [{ state: 'running', progress: 'half' }, 'progress'],
            [{ state: 'running', fence: -1 }, 'fence'],
            [{ state: 'running', fence: 1.5 }, 'fence'],
            [{ state: 'running', jobId: 7 }, 'jobId'],
        ] as const)
            assert.throws(() => read({ event, ...wrong }), refused('BAD_INPUT', path), path)
    })
})
