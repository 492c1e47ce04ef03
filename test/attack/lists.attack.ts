import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { HEAP, lives, slowest } from '../support/attack.ts'
import { flowsOfAll, rawRequest } from '../support/examples.ts'
import { Issuer } from '../support/issuer.ts'
import { Service } from '../support/service.ts'

const COUNT = 400
const KILOBYTE = 1024
/** JSON of so many bytes. */
const json = (bytes: number) => JSON.stringify({ package_name: 'p', path: 'a/b', value: 'x'.repeat(bytes - 45) })

/** Puts what is as large as it may be into the tables that lists are made of. */
function fill(file: string): void {
    const db = new DatabaseSync(file)
    const now = Date.now()
    const [large, larger] = [json(64 * KILOBYTE), json(1024 * KILOBYTE)]
    const insert = (table: string, row: Record<string, string | number>) =>
        db
            .prepare(`insert into ${table} (${Object.keys(row).map((name) => `"${name}"`)}) values (${Object.keys(row).map(() => '?')})`)
            .run(...Object.values(row))
    db.exec('begin')
    for (let i = 0; i < COUNT; i++) {
        insert('records', { collection: 'settings', key: `k${i}`, version: 1, value: larger, updated_at: now })
        insert('jobs', {
            ...{
                id: `j${i}`,
                queue: 'jobs',
                target: 'r',
                target_name: 'r',
                name: 'p',
                payload: large,
                schedule: '{"at":"now"}',
                policy: '{}',
            },
            ...{
                priority: 0,
                run: 1,
                created_at: now,
                due_at: now + i,
                status: 'succeeded',
                value: large,
                ended_at: now,
                forget_at: now * 2,
            },
        })
        insert('commands', {
            ...{ id: `c${i}`, endpoint: 'socketworks.actuation', node: 'n', account: 'acme', device: 'lamp', component: '', command: 'on' },
            ...{
                params: JSON.stringify([{ name: 'a', value: large }]),
                caller: '',
                origin: '',
                not_after: now,
                timeout: 1,
                resend: 0,
                keep: 1,
            },
            ...{ created_at: now + i, ended_at: now, outcome: 'result', value: large },
        })
    }
    db.exec('commit')
    db.close()
}

describe('with as much in its tables as there may be, a Node-RED of 512 MB', function () {
    this.timeout(120_000)
    const issuer = new Issuer({ accounts: [{ id: 'acme' }] })
    let service: Service
    before(async () => {
        service = await Service.start({ flows: flowsOfAll, env: { ...HEAP, OISP_PUBLIC_KEY_FILE: issuer.pem } })
        await service.red.stop()
        fill(join(service.red.userDir, 'socketworks.sqlite'))
        await service.again()
    })
    after(() => service.close())

    for (const path of ['/live/settings?limit=1000', '/jobs?limit=1000', '/api/actuation/acme/commands?limit=1000', '/robots/list'])
        it(`answers ${path} to twenty at once with as much as fits, and lives on`, async () => {
            const authorization = `Bearer ${await issuer.token({ sub: 'operator' })}`
            const ask = () => rawRequest({ port: service.red.port, method: 'GET', path }, { authorization })
            const answers = Promise.all(Array.from({ length: 20 }, ask))
            const most = await slowest(answers, () => lives(service.red, 10_000))
            for (const { status, text } of await answers) {
                assert.ok([200, 413, 429].includes(status), `${status}: ${text.slice(0, 300)}`)
                assert.ok(text.length < 10_000_000, `${text.length} characters`)
            }
            assert.ok(most < 2000, `${most} ms`)
        })

    it('lists all of it page by page', async () => {
        for (const [path, what, next] of [
            ['/live/settings', 'records', 'after'],
            ['/jobs', 'jobs', 'cursor'],
        ] as const) {
            let count = 0
            for (let query = '', pages = 0; query !== undefined && pages < COUNT; pages++) {
                const { body } = await service.get(`${path}?limit=1000${query}`)
                count += body[what].length
                query = body.next && `&${next}=${body.next}`
            }
            assert.equal(count, COUNT)
        }
    })
})
