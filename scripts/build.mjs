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

const inline = { bundle: true, write: false, format: 'iife', target: 'es2022', charset: 'utf8', metafile: true }
const script = (code) => `<script type="text/javascript">\n${code}</script>\n`

/** What the editors of all nodes share, as the plugin that Node-RED puts into its page before the nodes. @returns the names of what is in it */
async function shared() {
    const entryPoints = ['src/editor/index.ts']
    const { outputFiles, metafile } = await build({ ...inline, entryPoints, globalName: 'socketworks', minify: true })
    metafiles.push(metafile)
    await writeFile('dist/src/node-red/plugin.html', script(outputFiles[0].text))
    // Only of a module esbuild tells what it exports.
    const module = await build({ ...inline, entryPoints, format: 'esm' })
    return Object.values(module.metafile.outputs)[0].exports
}

/** Has an editor take what is shared from the plugin instead of bringing a copy of it. */
const fromPlugin = (names) => ({
    name: 'from the plugin',
    setup({ onResolve, onLoad }) {
        onResolve({ filter: /\/src\/(editor\/index|node-red\/fields)\.ts$/ }, () => ({ path: 'socketworks', namespace: 'plugin' }))
        onLoad({ filter: /./, namespace: 'plugin' }, () => ({ contents: `export const { ${names} } = window.socketworks` }))
    },
})

/** An editor that is open while the pack is installed asks for the plugin and for the nodes at once: whoever comes first fetches it. */
const wantPlugin = `if (!window.socketworks) $.ajax({ url: 'plugins/@socketworks/node-red/socketworks', headers: { Accept: 'text/html' }, async: false, success: (html) => $('body').append(html) })`

async function buildNode(name, names) {
    const entryPoints = [`nodes/${name}/editor.ts`]
    const banner = { js: wantPlugin }
    const { outputFiles, metafile } = await build({ ...inline, entryPoints, banner, plugins: [fromPlugin(names)] })
    metafiles.push(metafile)
    const form = `<script type="text/html" data-template-name="socketworks-${name}"></script>\n`
    await writeFile(`${nodes}/${name}.js`, `export { default } from './${name}/runtime.js'\n`)
    await writeFile(`${nodes}/${name}.html`, form + script(outputFiles[0].text))
}

/** What a node is called and says in a language. */
async function texts(name, language, common) {
    const own = language === 'en-US' ? `nodes/${name}/en-US` : `locales/${language}/${name}`
    const out = `${nodes}/locales/${language}/${name}`
    await writeFile(`${out}.json`, JSON.stringify({ ...(await json(`${own}.json`)), common }))
    const help = await text(`${own}.md`)
    if (help) await writeFile(`${out}.html`, `<script type="text/markdown" data-help-name="socketworks-${name}">\n${help}</script>\n`)
}

/** Has package.json list every node there is, which is how Node-RED knows of them. */
async function listed(names) {
    const pack = await json('package.json')
    const before = JSON.stringify(pack)
    pack['node-red'].nodes = Object.fromEntries(names.map((name) => [name, `${nodes}/${name}.js`]))
    if (JSON.stringify(pack) !== before) await writeFile('package.json', `${JSON.stringify(pack, null, 2)}\n`)
}

/** Has the smart socket service serve docs/openapi.yaml, which is in no other file that is installed. */
async function embedDocument() {
    const file = 'examples/smart-socket-service.json'
    const flow = await json(file)
    const template = await text('docs/openapi.yaml')
    const node = flow.find(({ id }) => id === 'smart-socket-service.openapi.document')
    if (node.template === template) return
    node.template = template
    await writeFile(file, `${JSON.stringify(flow, null, 2)}\n`)
}

async function buildNodes() {
    const names = (await readdir('nodes')).sort()
    await listed(names)
    for (const language of await readdir('locales')) {
        await mkdir(`${nodes}/locales/${language}`, { recursive: true })
        const common = await json(`locales/${language}/common.json`)
        await Promise.all(names.map((name) => texts(name, language, common)))
    }
    await cp('icons', `${nodes}/icons`, { recursive: true })
    const exports = await shared()
    await Promise.all(names.map((name) => buildNode(name, exports)))
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
        await Promise.all([buildNodes(), pages(), embedDocument()])
        await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licences(bundled(metafiles)))
    }
}
