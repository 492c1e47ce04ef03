import assert from 'node:assert/strict'
import { barriers } from '../support/axe.ts'
import { describeConnection } from '../support/brewery-connection.ts'
import { BreweryPage } from '../support/brewery-page.ts'
import { describeProfiles } from '../support/brewery-profiles.ts'
import { eventually } from '../support/job-server.ts'
import { StallingProxy } from '../support/stalling-proxy.ts'

const HOUR = 3_600_000

describe('the brewery page', function () {
    this.timeout(60_000)
    let s: BreweryPage
    before(async () => {
        s = await BreweryPage.start()
    })
    after(() => s?.close())

    const ask = (method: string, path: string, body?: unknown) => s.brewery.ask(method, path, body)

    it('tells what to do where there is nothing yet', async () => {
        await s.open('profiles')
        await s.says('No profile is played')
        await s.says('None is kept yet.')
        await s.go(/^Alarms/)
        await s.says('Nothing has happened yet.')
        await s.go('Settings')
        await s.says(/^None yet\. A setting is a name with a value/)
        await s.go('IO')
        await s.says(/^None yet\. A controller/)
    })

    it('goes from tab to tab by the keyboard, and shows what is going on', async () => {
        await s.open('live')
        const { page } = s
        await page.locator('.temperature output', { hasText: /^\d+\.\d$/ }).waitFor()
        await page.getByRole('tab', { name: 'Live' }).focus()
        await page.keyboard.press('ArrowLeft')
        assert.equal(await page.getByRole('tab', { name: 'Debugger' }).getAttribute('aria-selected'), 'true')
        await page.keyboard.press('Home')
        assert.equal(
            await page
                .locator('[role=tab]:focus')
                .textContent()
                .then((text) => text?.trim()),
            'Live',
        )
        const plot = page.getByRole('group', { name: /^Trend, / })
        await eventually(async () => Number(await plot.getAttribute('data-points')) > 2)
        const before = await plot.getAttribute('aria-label')
        await plot.focus()
        await page.keyboard.press('ArrowLeft')
        await page.getByRole('button', { name: 'Now', exact: true }).waitFor()
        assert.notEqual(await plot.getAttribute('aria-label'), before)
        await page.keyboard.press('End')
        await page.getByRole('button', { name: 'Off', exact: true }).click()
        await s.brewery.says('fermenter', ({ mode }) => mode === 'off')
        await page.locator('[aria-pressed=true]', { hasText: 'Off' }).waitFor()
        await page.getByRole('button', { name: 'Automatic', exact: true }).click()
        await s.brewery.says('fermenter', ({ mode }) => mode === 'auto')
        await ask('POST', '/channels/data', { id: 'chiller', value: 4.5 })
        await page.locator('.others', { hasText: 'chiller' }).waitFor()
        assert.deepEqual(s.faults, [])
        assert.deepEqual([...s.hosts], [new URL(s.brewery.red.url).host])
    })

    it('goes by the time of what is just published, not by that of what it is told because it is new', async () => {
        const page = await s.visit('about:blank')
        await page.routeWebSocket(/push/, (socket) => {
            let isReady = false
            socket.connectToServer().onMessage((text) => {
                const frame = JSON.parse(String(text))
                isReady ||= frame.action === 'ready' && frame.channel === 'data'
                // Logs are of long ago, and no value comes that would set the time right.
                if (frame.channel === 'logs') frame.time -= 40 * 24 * HOUR
                if (frame.action || !isReady || frame.channel !== 'data') socket.send(JSON.stringify(frame))
            })
        })
        await ask('POST', '/channels/logs', { text: 'long ago' })
        await page.goto(`${s.brewery.red.url}/socketworks/brewery/#logs`)
        await page.locator('.logs li', { hasText: 'long ago' }).waitFor()
        await s.go('Live')
        const month = new Date().toLocaleString('en-US', { month: 'short' })
        assert.match((await page.locator('.trend-card .range').textContent()) ?? '', new RegExp(month))
    })

    it('has alarms acknowledged and shelved, with who did it, why and for how long', async () => {
        await s.open('alarms')
        await ask('POST', '/channels/alarms', { id: 'pilot', text: 'pilot light out', priority: 'critical' })
        await ask('POST', '/channels/alarms', { id: 'level', text: 'high level' })
        const { page } = s
        await s.button('Acknowledge all …').click()
        await s.dialog('Acknowledge 2 alarms').getByRole('button', { name: 'Acknowledge' }).click()
        await Promise.all(['pilot', 'level'].map((id) => s.brewery.alarmIs(id, 'acknowledged')))
        await ask('POST', '/channels/alarms', { id: 'level', state: 'cleared' })
        await ask('POST', '/channels/alarms', { id: 'pilot', state: 'cleared' })
        await ask('POST', '/channels/alarms', { id: 'pilot', text: 'pilot light out', priority: 'critical' })
        await s.alarm('pilot').getByRole('button', { name: 'Acknowledge: pilot light out' }).focus()
        await page.keyboard.press('Enter')
        const dialog = s.dialog('Acknowledge pilot light out')
        await dialog.getByLabel('Who').fill('anna')
        await dialog.getByLabel('Comment').fill('relit')
        await page.keyboard.press('Enter')
        await s.alarm('pilot').getByText('Acknowledged').waitFor()
        await s.alarm('pilot').getByText('anna: relit').waitFor()
        assert.deepEqual((({ state, by, comment }) => [state, by, comment])(await s.brewery.alarm('pilot')), [
            'acknowledged',
            'anna',
            'relit',
        ])
        await s.alarm('pilot').getByRole('button', { name: 'Shelve: pilot light out' }).click()
        const shelving = s.dialog('Shelve pilot light out')
        assert.equal(await shelving.getByLabel('Who').inputValue(), 'anna')
        await shelving.getByLabel('For how long').fill('soon')
        await page.keyboard.press('Enter')
        await shelving.getByText('is not a time span such as 8 h').waitFor()
        await shelving.getByRole('button', { name: '8 h' }).click()
        await shelving.getByRole('button', { name: 'Shelve' }).click()
        await s.alarm('pilot').getByText('Shelved').waitFor()
        const { shelvedUntil } = await s.brewery.alarm('pilot')
        assert.ok(Math.abs(Date.parse(shelvedUntil) - Date.now() - 8 * HOUR) < HOUR / 2, shelvedUntil)
        await s.alarm('pilot').getByRole('button', { name: 'History of pilot light out' }).click()
        const history = page.locator('.transitions li')
        await eventually(async () => (await history.count()) === 6)
        assert.match((await history.allTextContents()).join(' '), /Shelved.*anna.*Acknowledged.*relit.*Not acknowledged/s)
        await s.button('Put aside 1').click()
        await s.alarm('pilot').getByRole('button', { name: 'Unshelve: pilot light out' }).click()
        await s.brewery.alarmIs('pilot', 'unacknowledged')
        await s.says('No alarm is like that.')
        await s.button('Show all').click()
        for (const [put, back, state] of [
            ['Suppress', 'Unsuppress', 'suppressed'],
            ['Take out of service', 'Return to service', 'out-of-service'],
        ] as const) {
            await s.button(`${put} …`).click()
            await page.getByRole('dialog').getByLabel('Comment').fill('maintenance')
            await page.keyboard.press('Enter')
            await s.alarm('pilot').getByText('anna: maintenance').waitFor()
            assert.equal((await s.brewery.alarm('pilot')).state, state)
            await s
                .alarm('pilot')
                .getByRole('button', { name: `${back}: pilot light out` })
                .click()
            await s.brewery.alarmIs('pilot', 'unacknowledged')
        }
        await ask('POST', '/channels/alarms', { id: 'pilot', state: 'cleared' })
    })

    it('lists logs by their severity and by words', async () => {
        await s.open('logs')
        const row = (text: string) => s.page.locator('.logs li', { hasText: text })
        for (const severity of ['debug', 'info', 'error'])
            await ask('POST', '/channels/logs', { severity, source: 'pump', text: `${severity} of the pump` })
        await row('error of the pump').waitFor()
        assert.equal(await row('debug of the pump').count(), 0)
        await s.page.getByLabel('From').selectOption('Debug')
        await row('debug of the pump').waitFor()
        await s.page.getByLabel('From').selectOption('Error')
        await row('info of the pump').waitFor({ state: 'detached' })
        await s.page.getByRole('searchbox').fill('nothing like it')
        await s.says('No entry is like that.')
        await s.page.getByLabel('From').selectOption('Info')
    })

    it('misses nothing while its connection is dead for a minute and the server gives it up, or tells of it', async () => {
        const proxy = await StallingProxy.open(s.brewery.red.port)
        try {
            await s.openAt(`http://127.0.0.1:${proxy.port}`, 'logs')
            const { page } = s
            const log = (text: string) => ask('POST', '/channels/logs', { source: 'cut', text })
            const told = () => page.locator('.logs li', { hasText: 'cut' }).locator('.text').allTextContents()
            await log('before')
            await eventually(async () => (await told()).length === 1)
            const resumed: boolean[] = []
            page.on('websocket', (socket) =>
                socket.on('framereceived', ({ payload }) => {
                    const frame = JSON.parse(String(payload))
                    if (frame.action === 'subscribed' && frame.channel === 'logs') resumed.push(frame.resumed)
                }),
            )
            const whileDead = async (...texts: string[]) => {
                proxy.stall()
                for (const text of texts) await log(text)
                // Ten seconds until it asks whether anybody is there, and ten for the answer.
                for (const _ of ['asks', 'gives up']) await page.clock.fastForward(11_000)
                await s.says(/^Not connected \(the server does not answer\)/)
                await proxy.givenUp()
                await log('given up')
                await page.clock.fastForward(38_000)
                proxy.resume()
                // What it tried meanwhile hangs: it tries again by itself.
                await page.locator('.state.open').waitFor({ timeout: 30_000 })
            }
            await whileDead('one', 'two')
            await log('after')
            await eventually(async () => (await told()).length >= 5)
            assert.deepEqual([await told(), resumed], [['after', 'given up', 'two', 'one', 'before'], [true]])
            assert.equal(await page.locator('.gap-note').count(), 0)
            // More than a channel keeps.
            await whileDead(...['x', 'y', 'z'].map((letter) => letter.repeat(200_000)))
            await s.says('Some messages of logs were missed and are not kept any more. What is shown now is up to date.')
            await page.locator('.logs .gap').first().waitFor()
            await page.locator('.gap-note').getByRole('button', { name: 'Close' }).click()
        } finally {
            proxy.close()
        }
    })

    describeConnection(() => s)

    describeProfiles(() => s)

    it('keeps settings and io, with each fault at its field', async () => {
        await s.open('settings')
        const { page } = s
        await s.button('Add setting').click()
        const form = s.dialog('Add setting')
        await form.getByLabel('Name').fill('pitch')
        await form.getByLabel('Kind').selectOption('number')
        await form.getByLabel('Value').fill('warm')
        await page.keyboard.press('Enter')
        await form.getByText('is no number').waitFor()
        await form.getByLabel('Value').fill('18.5')
        await page.keyboard.press('Enter')
        await page.getByRole('row').filter({ hasText: 'pitch' }).filter({ hasText: '18.5' }).waitFor()
        assert.deepEqual((await ask('GET', '/collections/settings/pitch')).body, { value: 18.5 })
        await ask('PUT', '/settings/pitch', { value: 19 })
        await page.getByRole('button', { name: 'Versions of pitch' }).click()
        const versions = s.dialog('Versions of pitch')
        await versions.getByText('version 1').click()
        await versions.getByText('value: 18.5').waitFor()
        assert.deepEqual(await barriers(page), [])
        await versions.getByRole('button', { name: 'Use this version' }).click()
        await page.getByRole('row').filter({ hasText: '18.5' }).filter({ hasText: 'version 3' }).waitFor()
        await page.getByRole('button', { name: 'Delete pitch' }).click()
        await s.dialog('Delete pitch?').getByRole('button', { name: 'Delete' }).click()
        await page.getByRole('row').filter({ hasText: 'pitch' }).waitFor({ state: 'detached' })
        await s.go('IO')
        await s.button('Add controller').click()
        const io = s.dialog('Add controller')
        await io.getByLabel('Name', { exact: true }).fill('spark-1')
        await io.getByLabel('Controller').fill('spark')
        await io.getByLabel('Kind').fill('spark-core')
        await io.getByLabel('Name, pin 1').fill('beer')
        await io.getByLabel('Address, pin 1').fill('A0')
        await io.getByRole('button', { name: 'Add pin' }).click()
        await io.getByLabel('Name, pin 2').fill('beer')
        await io.getByLabel('Address, pin 2').fill('D3')
        await io.getByRole('button', { name: 'Save' }).click()
        await io.locator('.fault', { hasText: /name/ }).or(io.locator('.pin [aria-invalid=true]')).first().waitFor()
        await io.getByLabel('Name, pin 2').fill('heater')
        await io.getByLabel('Direction, pin 2').selectOption('output')
        await io.getByRole('button', { name: 'Save' }).click()
        await page.getByRole('row').filter({ hasText: 'heater' }).filter({ hasText: 'D3' }).waitFor()
        assert.equal((await ask('GET', '/io/spark-1')).body.pins[1].direction, 'output')
    })

    it('has the test simulations of the seed, and all of them go as expected', async () => {
        await s.open('debugger')
        const { page } = s
        for (const name of ['Generate Alarm', 'Ack Alarms', 'Clear Alarms', 'Data', 'Logs', 'Profiles', 'IO', 'Settings']) {
            await s.button(name).click()
            await page.locator(`.outcomes[aria-label="${name}"][aria-busy=false] li`).first().waitFor()
            assert.deepEqual(await page.locator('.outcomes .wrong').allTextContents(), [], name)
            if (name === 'Generate Alarm') await s.brewery.alarmIs('simulation.pilot-light', 'unacknowledged')
            if (name === 'Ack Alarms') await s.brewery.alarmIs('simulation.pilot-light', 'acknowledged')
            if (name === 'Clear Alarms') await s.brewery.alarmIs('simulation.pilot-light', 'normal')
        }
        await page.locator('.frames li.in', { hasText: '"key":"simulation"' }).first().waitFor()
        assert.equal((await ask('GET', '/profiles/simulation')).status, 404)
        assert.deepEqual(s.faults, [])
    })

    for (const [what, options] of [
        ['in the light', { colorScheme: 'light' }],
        ['who enlarges it much', { viewport: { width: 320, height: 256 } }],
        [
            'on a phone in the dark, in German',
            { colorScheme: 'dark', locale: 'de-DE', viewport: { width: 390, height: 844 }, hasTouch: true },
        ],
    ] as const)
        it(`can be used by everybody ${what}: nothing serious is found, and nothing is wider than the window`, async () => {
            await ask('PUT', '/profiles/stout', { name: 'stout', points: [{ after: 0, value: 19 }] })
            await ask('POST', '/channels/alarms', { id: 'lid', text: 'lid open', priority: 'low' })
            await s.open('live', options)
            for (const tab of ['live', 'alarms', 'logs', 'profiles', 'settings', 'io', 'debugger']) {
                await s.page.locator(`#tab-${tab}`).click()
                await s.page.locator('.view .card').first().waitFor()
                if (tab === 'profiles') await s.page.locator('.names li button').first().click()
                assert.deepEqual(await barriers(s.page), [], tab)
                const tooWide = await s.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
                assert.equal(tooWide, 0, tab)
            }
            assert.deepEqual(s.faults, [])
        })
})
