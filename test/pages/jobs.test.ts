import assert from 'node:assert/strict'
import { barriers } from '../support/axe.ts'
import type { JobRobot } from '../support/job-robot.ts'
import { eventually, trigger } from '../support/job-server.ts'
import { JobsPage } from '../support/jobs-page.ts'

describe('the jobs page', function () {
    this.timeout(60_000)
    let s: JobsPage
    let robot: JobRobot
    before(async () => {
        s = await JobsPage.start()
    })
    after(() => s.close())

    const sent = async (count: number) => (await robot.hears(count))[count - 1]!

    it('tells what to do where there is nothing yet, and shows who comes', async () => {
        await s.open()
        await s.says('No robot has connected yet.')
        await s.says(`npx -p @socketworks/node-red socketworks-robot --url ${s.server.url}`)
        robot = await s.server.robot('R1', { answers: true })
        await s.page.getByRole('button', { name: 'Only jobs of Robot R1, connected' }).waitFor()
        await s.says(/^No jobs yet/)
    })

    it('shows a job from when it is due to its end, whoever makes it, with its history', async () => {
        const id = await s.server.addDue('R1')
        const { jobId, fence } = await sent(1)
        await s.shows(id, 'Sent')
        robot.tell('half', { jobId, fence, state: 'running', progress: 50 })
        await s.shows(id, 'Running 50 %')
        await s.row(id).getByRole('button', { name: 'Show package-x74s-eg' }).click()
        const panel = s.page.getByRole('complementary', { name: 'package-x74s-eg' })
        await panel.getByText('cloudinary/studioPackages/pkg1-x74s.std').waitFor()
        robot.tell('no room', { jobId, fence, state: 'rejected' })
        await s.shows(id, 'Failed')
        await panel.getByRole('listitem').filter({ hasText: 'Failed' }).waitFor()
        assert.match((await panel.getByRole('listitem').allTextContents()).join(' '), /Scheduled.*Sent.*Running.*Failed/s)
        await s.page.keyboard.press('Escape')
        await panel.waitFor({ state: 'detached' })
        assert.equal(
            await s
                .row(id)
                .getByRole('button', { name: 'Show package-x74s-eg' })
                .evaluate((link) => link === document.activeElement),
            true,
        )
        await s.row(id).getByRole('button', { name: 'Retry: package-x74s-eg' }).click()
        robot.tell('done', { ...(await sent(2)), event: 'client robot message', state: 'succeeded' })
        await s.shows(id, 'Succeeded')
        assert.deepEqual(s.faults, [])
        assert.deepEqual([...s.hosts], [new URL(s.server.red.url).host])
    })

    it('schedules by the keyboard, with each fault at its field and the next runs', async () => {
        const { page } = s
        await s.button('New job').focus()
        await page.keyboard.press('Enter')
        const form = s.dialog('New job')
        await form.getByLabel('Package').waitFor()
        assert.equal(await form.getByLabel('Robot').inputValue(), 'R1')
        await form.getByLabel('Path or URL').fill('../passwd')
        await page.keyboard.press('Enter')
        await form.getByText('2 things need another look.').waitFor()
        assert.equal(await form.getByLabel('Package').getAttribute('aria-invalid'), 'true')
        assert.equal(await form.getByLabel('Package').evaluate((input) => input === document.activeElement), true)
        await form.getByLabel('Package').fill('from the page')
        await form.getByLabel('Path or URL').fill('a/b')
        await form.getByRole('button', { name: 'Repeating' }).click()
        await form.getByRole('textbox', { name: 'Cron' }).fill('61 * * * *')
        await form.locator('.fault', { hasText: /cron pattern/ }).waitFor()
        await form.getByRole('button', { name: 'weekly' }).click()
        await form.getByRole('status').getByRole('listitem').nth(4).waitFor()
        assert.match(
            (await form.getByRole('status').getByRole('listitem').allTextContents()).join(),
            /^(\s*Mon, [^,]*, \d+, 9:00 AM in [^,]*,?){5}$/,
        )
        await form.getByRole('textbox', { name: 'Cron' }).focus()
        await page.keyboard.press('Enter')
        await s.says(/^Scheduled for /)
        await form.waitFor({ state: 'hidden' })
        const { jobs } = (await s.server.ask('GET', '/jobs?status=scheduled')).body
        assert.deepEqual([jobs.length, jobs[0].package.package_name, jobs[0].robot.robot_name], [1, 'from the page', 'Robot R1'])
    })

    it('asks before it runs or cancels a job, and which runs of one that repeats itself', async () => {
        const { page } = s
        const row = page.getByRole('row').filter({ hasText: 'from the page' }).filter({ hasText: 'Scheduled' })
        await row.getByRole('button', { name: 'Run now: from the page' }).click()
        await page.keyboard.press('Enter')
        await s.dialog('Run from the page now?').waitFor({ state: 'hidden' })
        assert.equal(robot.frames.length, 2)
        await row.getByRole('button', { name: 'Run now: from the page' }).click()
        await s.dialog('Run from the page now?').getByRole('button', { name: 'Run now' }).click()
        const { jobId, fence } = await sent(3)
        await s.shows(jobId, 'Sent')
        // A robot that says how it goes is asked to stop.
        robot.tell('', { jobId, fence, state: 'running', progress: 1 })
        await s.shows(jobId, 'Running')
        await s.row(jobId).getByRole('button', { name: 'Cancel: from the page' }).click()
        await s
            .dialog('Cancel from the page?')
            .getByText(/^Robot R1 is asked to stop/)
            .waitFor()
        await s.dialog('Cancel from the page?').getByRole('button', { name: 'Cancel job' }).click()
        await s.shows(jobId, 'Cancelling')
        robot.tell('', { jobId, fence, state: 'cancelled' })
        await s.shows(jobId, 'Cancelled')
        const planned = async () => (await row.getAttribute('data-id'))!
        const first = await planned()
        await row.getByRole('button', { name: 'Cancel: from the page' }).click()
        await s.dialog('Cancel from the page?').getByRole('button', { name: 'Only this run' }).click()
        await s.shows(first, 'Cancelled')
        await s.shows(await planned(), 'Scheduled')
        await row.getByRole('button', { name: 'Cancel: from the page' }).click()
        await s.dialog('Cancel from the page?').getByRole('button', { name: 'All further runs' }).click()
        await row.waitFor({ state: 'detached' })
        assert.deepEqual((await s.server.ask('GET', '/jobs?status=scheduled')).body.jobs, [])
    })

    it('shows what is wanted of it only, and where its robot is away', async () => {
        const id = await s.server.addDue('R2')
        await s.shows(id, 'Robot away')
        await s.button(/^Failed/).click()
        await s.says('No job is like that.')
        await s.button('Show all').click()
        await s.page.getByRole('combobox', { name: 'Robot' }).selectOption('Robot R1')
        await s.row(id).waitFor({ state: 'detached' })
        await s.page.getByRole('button', { name: /^Only jobs of Robot R1/ }).click()
        await s.shows(id, 'Robot away')
    })

    it('has a time line that goes to and fro by the keyboard', async () => {
        const line = s.page.getByRole('group', { name: /^Time line/ })
        const shown = () => line.getAttribute('aria-label')
        const marks = () => line.locator('.mark').count()
        const before = await shown()
        assert.ok((await marks()) > 0)
        await line.focus()
        for (let i = 0; i < 4; i++) await s.page.keyboard.press('ArrowLeft')
        await eventually(async () => (await marks()) === 0)
        assert.notEqual(await shown(), before)
        await s.page.keyboard.press('End')
        await eventually(async () => (await marks()) > 0)
        await s.button('1 d').click()
        await s.page.reload()
        await s.page.locator('.spans [aria-pressed=true]', { hasText: '1 d' }).waitFor()
    })

    for (const colorScheme of ['light', 'dark'] as const)
        it(`can be read and reached by everybody where it is ${colorScheme}, on a desk and on a phone`, async () => {
            for (const viewport of [
                { width: 1280, height: 800 },
                { width: 360, height: 720 },
            ]) {
                const page = await s.open({ colorScheme, viewport })
                await page.locator('.mark').first().waitFor()
                await page
                    .getByRole('button', { name: /^Show / })
                    .first()
                    .click()
                await page.getByRole('complementary').getByRole('listitem').first().waitFor()
                const cells = (row: string) =>
                    page.locator(`.jobs ${row} > *`).evaluateAll((all) => all.filter((one) => one.checkVisibility()).length)
                if (viewport.width > 700) assert.equal(await cells('thead tr'), await cells('tbody tr:first-child'))
                assert.deepEqual(await barriers(page), [])
                await page.keyboard.press('Escape')
                assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0)
                await s.button('New job').click()
                await s.dialog('New job').getByText('More').click()
                assert.deepEqual(await barriers(page), [])
            }
            assert.deepEqual(s.faults, [])
        })

    it('speaks German', async () => {
        await s.open({ locale: 'de-AT' })
        await s.button('Neu').click()
        const form = s.dialog('Neuer Auftrag')
        await form.getByLabel('Uhrzeit').waitFor()
        await form.getByLabel('Pfad oder URL').fill('../passwd')
        await s.page.keyboard.press('Enter')
        await form.getByText('darf nicht nach oben führen: Kein Teil davon darf . oder .. sein').waitFor()
        assert.equal(await s.page.locator('html').getAttribute('lang'), 'de')
    })

    it('says when it is not live, and misses nothing meanwhile', async () => {
        await s.open()
        await s.says('Live')
        const id = await s.server.add('R1')
        await s.shows(id, 'Scheduled')
        await Promise.all([s.says(/^Not connected/), s.server.kill()])
        const later = await s.server.add('R1', undefined, { Package: trigger('R1', 'while away').Package })
        await s.server.ask('DELETE', `/jobs/${id}`)
        await s.shows(later, 'Scheduled')
        await s.shows(id, 'Cancelled')
        await s.says('Live')
    })

    it('keeps what it shows while the server cannot read jobs, says so, and goes on by itself', async () => {
        const page = await s.open()
        await s.says('Live')
        const id = await s.server.add('R1')
        await s.shows(id, 'Scheduled')
        const away = { status: 503, json: { message: 'the disk is full' } }
        await page.route(/\/jobs\?/, (route) => route.fulfill(away))
        await s.button(/^Waiting/).click()
        await s.says('Not all jobs can be read: the disk is full. What is shown may be out of date.')
        await s.shows(id, 'Scheduled')
        await page.unroute(/\/jobs\?/)
        await page.locator('.banner').waitFor({ state: 'detached' })
    })

    it('tells what robots say, and what fell due while the server was away', async () => {
        const page = await s.open()
        await s.says('Live')
        await s.server.robot('R9')
        const at = new Date((await s.server.now()) + 400)
        const missed = await s.server.add('R9', { date: at.toISOString() })
        await s.server.red.kill()
        await eventually(async () => Date.now() > at.getTime())
        await s.server.kill()
        await s.says(/^Jobs that fell due while the server was away: 1\. Run: 1, left out: 0\./)
        await page.locator('.banner').getByRole('button', { name: 'Close' }).click()
        await page.locator('.banner').waitFor({ state: 'detached' })
        const back = await s.server.robot('R9')
        await back.hears(1)
        back.tell('no success this time')
        await page.getByText('What robots say').click()
        const line = page.getByRole('listitem').filter({ hasText: 'no success this time' })
        await line.filter({ hasText: 'Robot R9' }).waitFor()
        await s.server.ask('DELETE', `/jobs/${missed}`)
    })

    it('says what the flow lacks where there is no such service', async () => {
        await s.open({}, '?root=/elsewhere/')
        await s.says(/the flow has no GET \/elsewhere\/robots\/list/)
    })
})
