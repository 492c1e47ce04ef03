// What `npm publish` would send: everything that Node-RED loads, the examples, and nothing else.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { pages } from '../src/pages.ts'

execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
const answer = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }))
const sent: string[] = answer[0].files.map((file: { path: string }) => file.path)
const { nodes, plugins } = JSON.parse(readFileSync('package.json', 'utf8'))['node-red']
const runtimes: string[] = Object.values(nodes)
const wanted = [
    ...[...runtimes, ...Object.values<string>(plugins)].flatMap((file) => [file, file.replace(/\.js$/, '.html')]),
    ...pages.flatMap((page) => ['index.html', 'main.js', 'main.css'].map((file) => `dist/web/${page}/${file}`)),
    ...readdirSync('examples').map((file) => `examples/${file}`),
    'LICENSE',
    'README.md',
    // Of what is bundled into the editors and the pages.
    'dist/THIRD-PARTY-LICENSES.txt',
]
const allowed = /^(dist|examples)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/
const unwanted = /\.test\.|^dist\/(test|scripts)\b/

const missing = wanted.filter((file) => !sent.includes(file))
const strange = sent.filter((file) => !allowed.test(file) || unwanted.test(file))
for (const file of missing) console.error(`missing: ${file}`)
for (const file of strange) console.error(`does not belong into the package: ${file}`)
if (missing.length || strange.length || !runtimes.length) process.exitCode = 1
else console.log(`${sent.length} files, ${runtimes.length} nodes`)
