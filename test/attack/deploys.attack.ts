import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { HEAP, lives } from '../support/attack.ts'
import { example, Service } from '../support/service.ts'

const files = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
const memory = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

describe('deployed anew a hundred times', function () {
    this.timeout(110_000)

    it('two examples leave no connection, no file and no memory behind, and a run goes on through all of them', async () => {
        const flows = [...(await example('smart-socket-service')), ...(await example('fleet-observer'))]
        const unique = [...new Map(flows.map((node) => [Reflect.get(node, 'id'), node])).values()]
        const service = await Service.start({ flows: unique, env: HEAP })
        const { pid } = service.red
        const { instance } = (await service.post('/api/instance')).body
        const deploy = async (times: number) => {
            for (let i = 0; i < times; i++) await service.red.deploy(unique, 'full')
            await service.heard()
        }
        // What is loaded once is not a leak.
        await deploy(30)
        const before = { files: files(pid), memory: memory(pid) }
        await deploy(70)
        assert.ok(files(pid) <= before.files + 5, `${before.files} files were open, ${files(pid)} are`)
        assert.ok(memory(pid) <= before.memory * 1.3 + 20_000, `${before.memory} kB were in use, ${memory(pid)} are`)
        const { status, body } = await service.get('/api/server/status')
        assert.equal(status, 200, JSON.stringify(body))
        assert.deepEqual(body.runningInstances, [instance.id])
        assert.equal(service.plug.relays[0], true)
        assert.equal(service.told('OFF'), 0)
        await lives(service.red)
        await service.put(`/api/instance/${instance.id}`)
        await service.close()
    })
})
