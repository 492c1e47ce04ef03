import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'

const { hashSync } = createRequire(import.meta.url)('bcryptjs') as { hashSync(password: string, rounds: number): string }

/** The observer page where Node-RED itself serves it. */
describe('the pages of the pack', () => {
    let red: RunningNodeRed
    const flows = [
        { id: 'tab', type: 'tab', label: 'sheet' },
        { id: 'store', type: 'socketworks-store-config', kind: 'memory' },
        { id: 'viewers', type: 'socketworks-device-ws-endpoint', path: '/client/', protocol: 'smart-os-viewer' },
        { id: 'query', z: 'tab', type: 'socketworks-device-view', store: 'store', endpoint: 'viewers', wires: [[], []] },
    ]

    before(async () => {
        const httpNodeAuth = { user: 'me', pass: hashSync('secret', 4) }
        red = await startNodeRed({ flows, settings: { httpNodeRoot: '/red', httpNodeAuth } })
    })
    after(() => red?.stop())

    const get = (path: string, password?: string) => {
        const headers: Record<string, string> = password ? { authorization: `Basic ${btoa(`me:${password}`)}` } : {}
        return fetch(`${red.url}${path}`, { headers })
    }

    it('are below the root of its HTTP nodes, and behind their authentication', async () => {
        const page = '/red/socketworks/observer/'
        const answers = await Promise.all([
            get(page),
            get(page, 'wrong'),
            get(page, 'secret'),
            get(`${page}main.js`),
            get('/socketworks/observer/'),
        ])
        assert.deepEqual(
            answers.map(({ status }) => status),
            [401, 401, 200, 401, 404],
        )
        assert.match(await answers[2]!.text(), /<fleet-observer>/)
        const host = new URL(red.url).host
        const policy = answers[2]!.headers.get('content-security-policy') ?? ''
        assert.ok(policy.includes(`; connect-src 'self' ws://${host} wss://${host}; `), policy)
    })

    for (const version of ['5', '4.1'] as const)
        it(`are there in Node-RED ${version} whatever is deployed, behind its middleware for HTTP nodes`, async () => {
            const bare = await startNodeRed({ version, flows: [] })
            const code = `module.exports.httpNodeMiddleware = (req, res, next) => (res.setHeader('x-own', 'yes'), next())`
            const guarded = await startNodeRed({ version, flows: [], code, settings: { httpNodeRoot: '/red' } })
            try {
                const answer = await fetch(`${bare.url}/socketworks/observer/`)
                assert.match(await answer.text(), /<fleet-observer>/)
                assert.equal((await fetch(`${bare.url}/socketworks/shared/`)).status, 404)
                assert.equal((await fetch(`${guarded.url}/red/socketworks/observer/`)).headers.get('x-own'), 'yes')
            } finally {
                await Promise.all([bare.stop(), guarded.stop()])
            }
        })

    it('are still there when flows were deployed again, and nothing else is', async () => {
        await red.deploy(flows)
        await red.deploy(flows)
        const answer = await get('/red/socketworks/observer', 'secret')
        assert.equal(answer.url, `${red.url}/red/socketworks/observer/`)
        assert.equal((await get('/red/socketworks/observer/package.json', 'secret')).status, 404)
    })
})
