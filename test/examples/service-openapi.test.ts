import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'
import { api, checkExchange, operations, validator } from '../support/openapi.ts'
import { json, matches, text } from '../support/pack.ts'
import { example } from '../support/service.ts'

const require = createRequire(import.meta.url)
const { hashSync } = require('bcryptjs') as { hashSync(password: string, rounds: number): string }

describe('docs/openapi.yaml', () => {
    const flow = json('examples/smart-socket-service.json')

    it('is OpenAPI 3.1, with schemas of JSON Schema 2020-12', () => {
        const meta = require('@seriousme/openapi-schema-validator/schemas/v3.1/schema.json')
        const isOpenApi = new Ajv2020({ strict: false, validateFormats: false }).compile(meta)
        const isValid: boolean = isOpenApi(api)
        assert.ok(isValid, JSON.stringify(isOpenApi.errors))
        for (const schema of Object.values<object>(api.components.schemas)) validator(schema)
        assert.equal(api.info.version, json('package.json').version)
    })

    it('is what the flow serves, and describes every path that it takes', () => {
        const served = flow.find(({ id }: { id: string }) => id === 'smart-socket-service.openapi.document').template
        assert.equal(served, text('docs/openapi.yaml'), 'npm run build puts it there')
        const taken = flow
            .filter(({ type }: { type: string }) => type === 'http in')
            .flatMap(({ method, url }: { method: string; url: string }) =>
                url.endsWith('/:instanceId?') ? [`${method} /instance`, `${method} /instance/{instanceId}`] : [`${method} ${url.slice(4)}`],
            )
        const described = operations.map(({ method, path }) => `${method.toLowerCase()} ${path}`)
        assert.deepEqual(described.toSorted(), taken.sort())
    })

    it('has answers that are as their schemas say, under the codes of docs/errors.md', () => {
        const statuses = new Map(
            [...text('docs/errors.md').matchAll(/^\| `([A-Z_]+)` *\| (\d{3}) /gm)].map(([, code, status]) => [code, status]),
        )
        for (const { id, responses } of operations)
            for (const [status, { content }] of Object.entries(responses)) {
                const { schema, examples = {} } = content['application/json'] ?? {}
                if (Number(status) >= 400 && schema) assert.ok(Object.keys(examples).length > 0, `${id} ${status} has codes`)
                for (const [code, { $ref }] of Object.entries<{ $ref: string }>(examples)) {
                    assert.equal(statuses.get(code), status, `${id} ${code}`)
                    assert.equal($ref, `#/components/examples/${code}`)
                    const { value } = api.components.examples[code]
                    assert.ok(validator(schema)(value), `${id} ${code}: ${JSON.stringify(validator(schema).errors)}`)
                }
            }
        const used = new Set(matches(text('docs/openapi.yaml'), /components\/examples\/([A-Z_]+)/g))
        assert.deepEqual([...used].sort(), Object.keys(api.components.examples))
    })

    it('says of every object whether there may be more in it', () => {
        const open = new Set<string>()
        const closers = new Map<string, boolean>()
        const walk = (value: any, path: string): void => {
            if (typeof value !== 'object' || value === null) return
            const isClosed = 'additionalProperties' in value || 'unevaluatedProperties' in value
            if ([value.type].flat().includes('object') && !isClosed) open.add(path)
            if (value.$ref) closers.set(value.$ref, (closers.get(value.$ref) ?? true) && 'unevaluatedProperties' in value)
            for (const [key, inner] of Object.entries(value)) walk(inner, `${path}/${key}`)
        }
        walk(api, '#')
        // What all who refer to it close is closed.
        assert.deepEqual(
            [...open].filter((path) => !closers.get(path)),
            [],
        )
    })
})

describe('GET /api/openapi.json', function () {
    this.timeout(60_000)
    let red: RunningNodeRed
    const headers = { authorization: `Basic ${btoa('me:secret')}` }
    before(async () => {
        const settings = { httpNodeRoot: '/red', httpNodeAuth: { user: 'me', pass: hashSync('secret', 4) } }
        red = await startNodeRed({ flows: await example('smart-socket-service'), settings })
    })
    after(() => red.stop())

    /** What the document at a URL says, and the status of the service by the URL of its server. */
    async function followed(url: string): Promise<{ document: any; status: number }> {
        const document: any = await (await fetch(url, { headers })).json()
        const server = new URL(document.servers[0].url, url).href
        const { status } = await fetch(`${server}/server/status`, { headers })
        return { document, status }
    }

    it('is behind the password of Node-RED, as everything else is', async () => {
        for (const { method, path } of operations) {
            const answer = await fetch(`${red.url}/red/api${path.replace('{instanceId}', 'any')}`, { method })
            checkExchange({ method, path: `/api${path}`, status: answer.status, headers: answer.headers, body: await answer.text() })
            assert.equal(answer.status, 401)
        }
    })

    it('tells where the service is: below a root, behind a proxy, and when its paths are changed', async () => {
        const { document, status } = await followed(`${red.url}/red/api/openapi.json`)
        assert.deepEqual([document, status], [api, 200])
        const proxy = createServer((req, res) => {
            const path = req.url!.replace(/^\/at\/home\//, '/red/')
            request(`${red.url}${path}`, { headers: req.headers }, (answer) => answer.pipe(res.writeHead(answer.statusCode!))).end()
        })
        await once(proxy.listen(0, '127.0.0.1'), 'listening')
        const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/at/home`
        try {
            assert.equal((await followed(`${url}/api/openapi.json`)).status, 200)
            const renamed = JSON.stringify(await example('smart-socket-service')).replaceAll('"url":"/api/', '"url":"/my/plug/')
            await red.deploy(JSON.parse(renamed))
            while ((await fetch(`${url}/my/plug/openapi.json`, { headers })).status !== 200) await pause(50)
            assert.equal((await followed(`${url}/my/plug/openapi.json`)).status, 200)
        } finally {
            proxy.close()
        }
    })
})
