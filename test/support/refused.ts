import assert from 'node:assert/strict'
import { Refusal } from '../../src/lib/index.ts'

/** For `assert.rejects`: a refusal of this status and code. */
export const refused = (status: number, code: string) => (error: unknown) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.deepEqual([error.status, error.code], [status, code])
    return true
}
