// The door of every command: `node scripts/run.mjs <script> [arguments]`. It runs on whatever Node.js there is (20 and newer), installs what
// is missing, and then runs scripts/<script>.ts with the Node.js that package.json brings, which everything the script starts uses as well.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The first one that runs TypeScript as it is. */
const oldest = [22, 18]

if (!installed()) install()
run(process.argv[2], process.argv.slice(3))

/** npm keeps beside the packages a list of what it put there: nothing that package-lock.json asks for may be missing from it. */
function installed() {
    const there = packages('node_modules/.package-lock.json')
    if (!existsSync(join(root, 'node_modules/node/bin'))) return false
    return Object.entries(packages('package-lock.json')).every(([path, wanted]) => {
        if (path === '' || wanted.optional || wanted.devOptional || wanted.peer) return true
        return there[path]?.version === wanted.version && existsSync(join(root, path))
    })
}

function packages(file) {
    try {
        return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
    } catch {
        return {}
    }
}

function install() {
    console.log('Installing what package-lock.json lists (npm ci) …')
    const { npm_execpath: npm, npm_node_execpath: node } = process.env
    const command = npm && node ? [node, npm] : ['npm']
    const options = { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' && !npm, maxBuffer: 1e8 }
    const { status, error, stdout, stderr } = spawnSync(command[0], [...command.slice(1), 'ci', '--no-audit', '--no-fund'], options)
    if (status === 0) return
    console.error(
        `${stdout ?? ''}${stderr ?? ''}${error ?? ''}\nnpm ci has failed, see above. Once its cause is gone, run the same command again.`,
    )
    process.exit(1)
}

/** `SOCKETWORKS_NODE` takes the place of the Node.js that package.json brings, to try the pack on another. */
function nodePath() {
    const brought = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
    for (const path of [process.env.SOCKETWORKS_NODE, brought, process.execPath]) {
        const version = path && spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout
        if (version && !older(version)) return path
    }
    console.error(
        `Node.js ${oldest.join('.')} or newer is needed: the one in node_modules does not run here, and yours is ${process.version}.`,
    )
    process.exit(1)
}

function older(version) {
    const [major, minor] = version.slice(1).split('.').map(Number)
    return major < oldest[0] || (major === oldest[0] && minor < oldest[1])
}

function run(script, args) {
    const node = nodePath()
    const child = spawn(node, [join(root, 'scripts', `${script}.ts`), ...args], {
        cwd: root,
        env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
        // The child ends when this channel does, even when this process has no time to tell it.
        stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    })
    // A terminal sends Ctrl-C to the child as well; it takes the second one for the first.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    // npm asked to end does not always pass that on: its shell goes, and this process gets another parent.
    const parent = process.ppid
    setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
    child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
