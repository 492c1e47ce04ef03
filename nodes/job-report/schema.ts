import { list, requiredNode, settings, text, typed } from '../../src/node-red/fields.ts'

const isWord = (entry: string) => /^[\p{L}\p{N}]+$/u.test(entry)
const MUST = 'must be beginnings of words, separated by commas'

export const JobReportConfig = settings({
    name: text(),
    store: requiredNode('socketworks-store-config'),
    /** The name of the queue: the nodes of the same store and queue work on the same jobs. */
    queue: text('jobs'),
    /** The id of who says it. */
    ...typed('robot', { value: 'peer.id', literals: ['str'] }),
    /** `{event, value, jobId, fence, state, progress}`, or a text. */
    ...typed('answer', { value: 'payload', literals: ['str', 'json'] }),
    /** What tells success or failure where no state is said. */
    success: list('success, succeed, ok, done, complete, receive, finish, execut', isWord, MUST),
    failure: list('fail, error, unsuccess, reject, abort, denied, invalid, exception, unable, timeout', isWord, MUST),
})
