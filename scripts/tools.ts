// The two programs that tests use and npm does not bring: Chromium, for the editor, and Mosquitto, a second MQTT broker beside aedes.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const tools = {
    chromium: { variable: 'CHROMIUM_PATH', names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] },
    mosquitto: { variable: 'MOSQUITTO_PATH', names: ['mosquitto'] },
}
/** Debian keeps Mosquitto where the PATH of an ordinary user does not look. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** The environment variables that tell the tests where the programs are; installs what is missing where it may, else throws. */
export function toolsEnv(): Record<string, string> {
    const names = Object.keys(tools) as (keyof typeof tools)[]
    const missing = names.filter((name) => !find(name))
    if (missing.length) install(missing)
    return Object.fromEntries(names.map((name) => [tools[name].variable, tool(name)]))
}

/** Where a program is: where its variable says, or else where it usually is. @throws Error naming the variable */
export function tool(name: keyof typeof tools): string {
    const path = find(name)
    if (!path) throw new Error(`${name} is not to be found: install it, or set ${tools[name].variable} to its path.`)
    return path
}

function find(name: keyof typeof tools): string | undefined {
    const { variable, names } = tools[name]
    const given = process.env[variable]
    if (given) return given
    return names.flatMap((file) => folders.map((folder) => join(folder, file))).find(runs)
}

function runs(path: string): boolean {
    try {
        accessSync(path, constants.X_OK)
        return true
    } catch {
        return false
    }
}

function install(missing: string[]): void {
    const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`
    const able = process.getuid?.() === 0 && folders.some((folder) => runs(join(folder, 'apt-get')))
    if (!able) throw new Error(`The tests need ${missing.join(' and ')}. On Debian or Ubuntu: sudo sh -c '${command}'`)
    console.log(`Installing ${missing.join(' and ')} (apt-get) …`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8', maxBuffer: 1e8 })
    if (status !== 0) throw new Error(`${stdout}${stderr}\nThis has failed: ${command}`)
}
