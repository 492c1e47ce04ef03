import assert from 'node:assert/strict'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Issuer } from '../support/issuer.ts'
import { JobRobot } from '../support/job-robot.ts'
import { trigger } from '../support/job-server.ts'
import { type RunningNodeRed, startNodeRed } from '../support/node-red.ts'
import { OispDevice } from '../support/oisp.ts'
import { example } from '../support/service.ts'

describe('examples whose HTTP nodes are elsewhere', () => {
    const issuer = new Issuer({ accounts: [{ id: 'acme lamps' }] })
    let red: RunningNodeRed
    let authorization: string
    before(async () => {
        const userDir = await mkdtemp(join(tmpdir(), 'socketworks-elsewhere-'))
        await mkdir(join(userDir, 'keys'))
        await writeFile(join(userDir, 'keys/public.pem'), issuer.pem)
        const all = [...(await example('actuation-gateway')), ...(await example('robot-jobs'))]
        const flows = [...new Map(all.map((node) => [Reflect.get(node, 'id'), node])).values()]
        red = await startNodeRed({ flows, userDir, settings: { httpNodeRoot: '/red' }, env: { MQTT_PORT: '1' } })
        authorization = `Bearer ${await issuer.token({ sub: 'operator' })}`
    })
    after(() => red?.stop())

    const ask = async (method: string, path: string, body?: unknown) => {
        const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) }
        return await fetch(new URL(path, red.url), { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    }

    it('say where a command is to be found', async () => {
        const url = `${red.url.replace('http', 'ws')}/red/actuation`
        const device = await OispDevice.come(url, 'lamp', await issuer.token({ sub: 'lamp' }))
        await device.hears(1)
        const order = { componentId: 'led', command: 'LED.v1.0', params: [] }
        const given = await ask('POST', '/red/api/actuation/acme%20lamps/lamp', order)
        assert.equal(given.status, 202)
        const { command } = (await given.json()) as { command: { id: string } }
        const found = await ask('GET', given.headers.get('location')!)
        assert.equal(((await found.json()) as { command: { id: string } }).command.id, command.id)
        device.client.terminate()
    })

    it('change nothing for a HEAD request', async () => {
        await JobRobot.come(`${red.url.replace('http', 'ws')}/red/robots`, '001AFFDB45C2')
        const { jobId } = (await (await ask('POST', '/red/jobs', trigger('001AFFDB45C2'))).json()) as { jobId: string }
        for (const path of ['cancel', 'force']) assert.equal((await ask('HEAD', `/red/jobs/${path}/${jobId}/`)).status, 405)
        assert.equal((await ask('HEAD', `/red/jobs/${jobId}`)).status, 200)
        const { job } = (await (await ask('GET', `/red/jobs/${jobId}`)).json()) as { job: { status: string } }
        assert.equal(job.status, 'scheduled')
        assert.equal((await ask('GET', `/red/jobs/cancel/${jobId}/`)).status, 200)
    })
})
