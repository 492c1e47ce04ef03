// For --import: keeps what is left of a TypeScript file without its types. Each of a hundred processes would strip the same files otherwise.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = resolve('coverage/stripped')
mkdirSync(folder, { recursive: true })

registerHooks({
    load(url, context, next) {
        const isOurs = url.startsWith('file:') && url.endsWith('.ts') && !url.includes('/node_modules/')
        return isOurs ? { format: 'module', source: stripped(fileURLToPath(url)), shortCircuit: true } : next(url, context)
    },
})

/** Every token stays in its place, which is what stack traces and coverage rely on. */
function stripped(path) {
    const { mtimeMs, size } = statSync(path)
    const kept = join(folder, `${path.replaceAll(/\W/g, '_')}-${mtimeMs}-${size}`)
    try {
        return readFileSync(kept, 'utf8')
    } catch {
        const source = stripTypeScriptTypes(readFileSync(path, 'utf8'))
        // Another process may look for it at this moment: it is there as a whole, or not yet.
        const draft = `${kept}.${process.pid}`
        writeFileSync(draft, source)
        renameSync(draft, kept)
        return source
    }
}
