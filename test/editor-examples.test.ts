import assert from 'node:assert/strict'
import { oneEditor } from './support/one-editor.ts'
import { json, list } from './support/pack.ts'

describe('the examples in the editor', () => {
    const given = oneEditor({})

    for (const example of list('examples').filter((file) => file.endsWith('.json')))
        it(`${example} has nothing that is marked as wrong`, async () => {
            await given.editor.show(json(`examples/${example}`))
            assert.deepEqual(await given.editor.invalid(), [])
        })
})
