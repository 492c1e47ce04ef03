import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { busyTime, HEAP, lives, slowest } from '../support/attack.ts'
import { example, Service } from '../support/service.ts'

/** What a program takes for a formula when a cell begins with it. */
const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠A1']
const last = 8.64e15

/** Parameters of GET /api/energy that nobody in their right mind asks for. */
const odd = [
    ...['from', 'to', 'bucket', 'points', 'timeZone', 'instanceId', 'by', 'socket', 'format'].flatMap((name) => [
        `${name}=`,
        `${name}=a&${name}=b`,
        `${name}[]=1`,
        `${name}[__proto__][a]=1`,
        `${name}=${'x'.repeat(6000)}`,
        `${name}=%00`,
        `${name}=%0D%0AX-Evil:%201`,
        `${name}=__proto__`,
        `${name}=1e999`,
        `${name}=-1`,
    ]),
    ...[
        '',
        '&bucket=d',
        '&bucket=month',
        '&bucket=auto',
        '&bucket=5s',
        '&by=instance',
        '&by=owner',
        '&timeZone=Europe/Berlin&bucket=w',
    ].flatMap((more) => [
        `to=275760-09-13T00:00:00Z${more}`,
        `to=${last}${more}`,
        `from=${last - 1}&to=${last}${more}`,
        `to=-271821-04-20T00:00:00Z${more}`,
        `to=${-last}${more}`,
        `from=${-last}&to=${-last + 1}${more}`,
        `from=${-last}&to=${last}${more}`,
        `from=0001-01-01&to=0009-01-01${more}`,
        `from=-000050-01-01T00:00:00Z&to=-000041-01-01T00:00:00Z${more}`,
        `from=2020-01-01&to=2029-12-31${more}`,
        `from=0&to=1${more}`,
    ]),
    'from=1926-01-01&to=2026-01-01&bucket=1s',
    'from=1926-01-01&to=2026-01-01&bucket=5s',
    'from=2017-01-01&to=2026-01-01&bucket=1m',
    'from=2017-01-01&to=2026-01-01&bucket=5s',
    'bucket=auto&points=10000&from=2017-01-01&by=socket',
    'bucket=5s&points=1e4',
    'timeZone=Etc/../../passwd',
    'timeZone=%2B99:99',
    'timeZone=%2B14:00&bucket=d&from=2020-01-01&to=2026-01-01',
    'timeZone=Pacific/Apia&bucket=d&from=2011-12-28&to=2012-01-02',
    'timeZone=Australia/Lord_Howe&bucket=h&from=2026-04-04&to=2026-04-06',
    `socket=${'*,'.repeat(2000)}`,
    `socket=${'smart%20socket,'.repeat(200)}`,
]

/** The cells of CSV (RFC 4180). */
const cellsOf = (csv: string): string[] =>
    [...csv.matchAll(/(?:^|,|\r\n)("(?:[^"]|"")*"|[^,\r\n]*)/g)].map(([, cell = '']) => cell.replace(/^"([\s\S]*)"$/, '$1'))

/** Many instances that ran, each for somebody else, as if they had been started one after the other. */
function fill(file: string, count: number): void {
    const db = new DatabaseSync(file)
    const columns = (db.prepare('select name from pragma_table_info(?)').all('instances') as { name: string }[]).map(({ name }) => name)
    const insert = db.prepare(
        `insert into instances (${columns.join(', ')}) select ${columns.map((name) => (name === 'id' || name === 'owner' ? '?' : name)).join(', ')} from instances limit 1`,
    )
    db.exec('begin')
    for (let n = 0; n < count; n++)
        insert.run(...columns.flatMap((name) => (name === 'id' ? [`i${n}`] : name === 'owner' ? [`owner ${n}`] : [])))
    db.exec('commit')
    db.close()
}

describe('attacked at GET /api/energy, the smart-socket service', function () {
    this.timeout(200_000)
    let service: Service
    afterEach(() => service.close())

    it('answers whatever is asked for with what docs/openapi.yaml describes, and lives on', async () => {
        service = await Service.start({ env: { ...HEAP } })
        await service.put(`/api/instance/${(await service.post('/api/instance')).body.instance.id}`)
        const failed: string[] = []
        let slow = 0
        for (const query of odd)
            for (const format of ['', '&format=csv']) {
                const busy = busyTime(service.red.pid)
                const { status, body } = await service
                    .get(`/api/energy?${query}${format}`)
                    .catch((error) => ({ status: 0, body: error.message }))
                slow = Math.max(slow, busy())
                if (![200, 404, 422].includes(status)) failed.push(`${query.slice(0, 80)}: ${status} ${JSON.stringify(body).slice(0, 300)}`)
            }
        assert.deepEqual(failed, [])
        assert.ok(slow < 3000, `${slow} ms`)
        await lives(service.red)
    })

    it('has no formula in its CSV, whatever owners and sockets are called', async () => {
        const name = '=1+1'
        const flows = (await example('smart-socket-service')) as { id: string }[]
        const named = flows.map((node) => (node.id === 'socketworks.socket' ? { ...node, name } : node))
        service = await Service.start({ flows: named, env: { ...HEAP } })
        for (const owner of formulas) await service.post('/api/instance', { owner })
        for (const by of ['socket', 'instance', 'owner']) {
            const { status, body } = await service.get(`/api/energy?format=csv&by=${by}`)
            assert.equal(status, 200)
            const cells = cellsOf(body)
            for (const given of by === 'socket' ? [name] : formulas) assert.ok(cells.includes(`'${given}`), given)
            assert.deepEqual(
                cells.filter((cell) => /^\s*[=+\-@＝＋－＠]/.test(cell)),
                [],
            )
        }
    })

    it('adds up ten thousand instances, for as many owners, for many at once, and lives on', async () => {
        service = await Service.start({ env: { ...HEAP } })
        await service.put(`/api/instance/${(await service.post('/api/instance')).body.instance.id}`)
        await service.red.stop()
        fill(join(service.red.userDir, 'socketworks.sqlite'), 10_000)
        await service.again()
        await service.heard()
        const statuses = new Set<number>()
        const ask = async (query: string) => {
            const { status, body } = await service.get(`/api/energy?${query}`)
            statuses.add(status)
            if (status === 200) assert.ok(body.groups.length <= 1001, `${body.groups.length} groups`)
        }
        const queries = ['by=instance', 'by=owner', 'by=instance&bucket=auto&points=10000', 'by=owner&bucket=5s&from=2026-01-01']
        // On a machine that has much to do they may come one after the other.
        for (let round = 0; round < 5 && statuses.size < 2; round++) {
            const many = Promise.all(Array.from({ length: 200 }, (_, i) => ask(queries[i % 3]!)))
            const worst = await slowest(many, () => lives(service.red, 10_000))
            assert.ok(worst < 2000, `${worst} ms`)
        }
        assert.deepEqual([...statuses].sort(), [200, 429])
    })
})
