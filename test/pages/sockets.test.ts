import assert from 'node:assert/strict'
import { example } from '../support/service.ts'
import { SocketsPage } from '../support/sockets-page.ts'

describe('the sockets page', function () {
    this.timeout(60_000)
    let s: SocketsPage
    before(async () => {
        s = await SocketsPage.start()
    })
    after(() => s.close())
    afterEach(() => s.service.calm())

    const running = async (): Promise<string[]> => (await s.service.get('/api/server/status')).body.runningInstances

    it('shows what is drawn now, starts and stops, whoever does it', async () => {
        s.service.plug.setPower(1234)
        await s.open()
        await s.state('Off')
        await s.page.locator('.power', { hasText: /^\s*0 W\s*$/ }).waitFor()
        await s.button('Start').click()
        await s.says('Started.')
        await s.state('On')
        await s.page.locator('.power', { hasText: '1,234 W' }).waitFor()
        assert.equal((await running()).length, 1)
        await s.service.post('/api/instance')
        await s.button('Stop all 2').click()
        await s.state('Off')
        assert.deepEqual(await running(), [])
        assert.deepEqual(s.faults, [])
        assert.deepEqual([...s.hosts], [new URL(s.service.red.url).host])
    })

    it('starts for a duration in a unit that is remembered, by the keyboard', async () => {
        await s.open()
        await s.page.getByLabel('Unit').selectOption('s')
        await s.page.getByLabel('Stop after').fill('1,5')
        await s.page.keyboard.press('Enter')
        await s.says('Started.')
        const { instances } = (await s.service.get('/api/instances?limit=1')).body
        assert.equal(instances[0].timeout, 1500)
        await s.state('Off')
        await s.page.reload()
        assert.equal(await s.page.getByLabel('Unit').inputValue(), 's')
    })

    it('tells refusals in plain words', async () => {
        await s.open()
        await s.page.getByLabel('Stop after').fill('soon')
        await s.button('Start').click()
        await s.says('The duration must be a number greater than 0, or blank.')
        await s.page.getByLabel('Stop after').fill('')
        s.service.plug.fault = 'silent'
        await s.button('Start').click()
        await s.says(/^Not started: the plug did not confirm in time/)
        await s.button('Close').click()
        await s.page.locator('.trouble').waitFor({ state: 'detached' })
    })

    it('asks before an emergency stop, and recovers', async () => {
        await s.open()
        await s.button('Start').click()
        await s.says('Started.')
        await s.state('On')
        const dialog = s.page.getByRole('dialog', { name: 'Stop everything at once?' })
        await s.button('Emergency stop').click()
        await s.page.keyboard.press('Enter')
        await dialog.waitFor({ state: 'hidden' })
        assert.equal((await running()).length, 1)
        await s.button('Emergency stop').click()
        await dialog.getByRole('button', { name: 'Emergency stop' }).click()
        await s.state('Emergency stop')
        await s.service.relay(false)
        assert.equal(await s.button('Start').count(), 0)
        await s.button('Recover').click()
        await s.state('Off')
        await s.button('Start').waitFor()
    })

    it('says when it is not live and how old what it shows is, and goes on where it was', async () => {
        const page = await s.open()
        await page.getByText('Live', { exact: true }).waitFor()
        const asked = page.waitForRequest((request) => request.url().endsWith('/api/events'))
        await s.service.red.deploy(await example('smart-socket-service'))
        await s.says(/^Not connected/)
        await s.says(/as of \d+ s ago/)
        assert.match((await asked).headers()['last-event-id'] ?? '', /^\w+-\d+$/)
        await page.getByText('Live', { exact: true }).waitFor()
        await s.service.post('/api/instance')
        await s.state('On')
    })

    it('says what the flow lacks where there is no such service', async () => {
        await s.open({}, '?api=/elsewhere')
        await s.says(/the flow has no GET \/elsewhere\/server\/status/)
        await s.page.getByRole('status').filter({ hasText: 'the flow has no GET /elsewhere/events' }).waitFor()
        await s.open({}, '?api=https://example.org/api')
        await s.state('Off')
    })
})
