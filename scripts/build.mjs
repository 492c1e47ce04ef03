// Emits dist/ as Node-RED's loader wants it: tsc for the runtime, one inline script for each node's editor.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { bundled, licences } from './licences.mjs'

const tsc = 'node_modules/typescript/bin/tsc'
const text = (path) => readFile(path, 'utf8').catch(() => '')
const json = async (path) => JSON.parse((await text(path)) || '{}')

/** What esbuild says of each bundle it has made. */
const metafiles = []

/** tsc tells its errors itself: all that is left to do is to end with its exit code. */
function types(project, ...flags) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', project, ...flags], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
    return status === 0
}

/** Node-RED looks for a node's HTML, and in `locales/` and `icons/` for its texts and its icon, beside the file that package.json lists. */
const nodes = 'dist/nodes'

async function room(name) {
    const { outputFiles, metafile } = await build({
        entryPoints: [`nodes/${name}/editor.ts`],
        bundle: true,
        write: false,
        format: 'iife',
        target: 'es2022',
        charset: 'utf8',
        metafile: true,
    })
    metafiles.push(metafile)
    const script = `<script type="text/javascript">\n${outputFiles[0].text}</script>\n`
    const form = `<script type="text/html" data-template-name="socketworks-${name}">\n${await text(`nodes/${name}/editor.html`)}</script>\n`
    await writeFile(`${nodes}/${name}.js`, `export { default } from './${name}/runtime.js'\n`)
    await writeFile(`${nodes}/${name}.html`, script + form)
}

/** What a room is called and says in a language. */
async function texts(name, language, common) {
    const own = language === 'en-US' ? `nodes/${name}/en-US` : `locales/${language}/${name}`
    const out = `${nodes}/locales/${language}/${name}`
    await writeFile(`${out}.json`, JSON.stringify({ ...(await json(`${own}.json`)), common }))
    const help = await text(`${own}.md`)
    if (help) await writeFile(`${out}.html`, `<script type="text/markdown" data-help-name="socketworks-${name}">\n${help}</script>\n`)
}

async function rooms() {
    const names = await readdir('nodes')
    for (const language of await readdir('locales')) {
        await mkdir(`${nodes}/locales/${language}`, { recursive: true })
        const common = await json(`locales/${language}/common.json`)
        await Promise.all(names.map((name) => texts(name, language, common)))
    }
    await cp('icons', `${nodes}/icons`, { recursive: true })
    await Promise.all(names.map(room))
}

/** A page: everything it needs in two files beside its HTML, so that it asks no other host for anything. */
async function page(name) {
    const out = `dist/web/${name}`
    const { metafile } = await build({
        entryPoints: [`web/${name}/main.ts`],
        outdir: out,
        bundle: true,
        minify: true,
        format: 'esm',
        target: 'es2022',
        charset: 'utf8',
        // The notices of the bundled libraries go with them.
        legalComments: 'eof',
        logLevel: 'warning',
        metafile: true,
    })
    metafiles.push(metafile)
    await cp(`web/${name}/index.html`, `${out}/index.html`)
}

/** Every folder of web/ with an index.html is a page. */
async function pages() {
    const names = (await readdir('web')).filter((name) => existsSync(`web/${name}/index.html`))
    await Promise.all(names.map(page))
}

if (process.argv.includes('--check')) {
    types('tsconfig.json', '--noEmit')
    types('tsconfig.editor.json')
    types('web/tsconfig.json')
    types('tsconfig.test.json')
} else {
    await rm('dist', { recursive: true, force: true })
    if (types('tsconfig.editor.json') && types('web/tsconfig.json') && types('tsconfig.json')) {
        await Promise.all([rooms(), pages()])
        await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licences(bundled(metafiles)))
    }
}
