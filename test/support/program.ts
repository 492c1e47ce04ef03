import { symlink } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Puts a program into one file in a folder, for a test that starts it again and again: so it starts in a third of the time. */
export async function bundle(source: URL, folder: string): Promise<string> {
    const entry = fileURLToPath(source)
    const outfile = join(folder, basename(entry).replace(/ts$/, 'mjs'))
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
    await symlink(resolve(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
    return outfile
}
