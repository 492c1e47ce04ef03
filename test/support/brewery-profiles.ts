import assert from 'node:assert/strict'
import { barriers } from './axe.ts'
import { hold } from './brewery.ts'
import type { BreweryPage } from './brewery-page.ts'
import { eventually } from './job-server.ts'

const HOUR = 3_600_000
const iso = (hours: number) => new Date(Math.ceil(Date.now() / HOUR) * HOUR + hours * HOUR).toISOString()

/** Tests of the profiles on the page, with the Node-RED and the browser of the file that has them. */
export const describeProfiles = (opened: () => BreweryPage): Mocha.Suite =>
    describe('profiles', () => {
        let s: BreweryPage
        before(() => {
            s = opened()
        })

        const ask = (method: string, path: string, body?: unknown) => s.brewery.ask(method, path, body)
        const put = async (path: string, body: unknown) => {
            const { status } = await ask('PUT', path, body)
            assert.ok(status === 200 || status === 201, `PUT ${path}: ${status}`)
        }
        const field = (name: string | RegExp) => s.page.getByRole('textbox', { name })
        const points = () => s.page.locator('.points tbody tr')
        const handle = (number: number) => s.page.getByRole('slider', { name: new RegExp(`^Point ${number} of `) })

        it('are made with the keyboard: points are moved, added and removed on the curve, and in the table', async () => {
            await s.open('profiles')
            const { page } = s
            await s.button('from its start').click()
            await handle(2).focus()
            await page.keyboard.press('ArrowUp')
            await page.keyboard.press('Shift+ArrowRight')
            const spoken = (number: number) => handle(number).getAttribute('aria-valuetext')
            assert.equal(await spoken(2), '18.5 °C, 5 d 6 h')
            await page.keyboard.press('+')
            await eventually(async () => (await points().count()) === 4)
            await page.locator('[role=slider]:focus[aria-label="Point 3 of 4"]').waitFor()
            await page.keyboard.press('Delete')
            await eventually(async () => (await points().count()) === 3)
            await field('After the start, point 2').fill('2 d')
            await field('After the start, point 2').press('Tab')
            assert.equal(await spoken(2), '18.5 °C, 2 d')
            await s.button('Save').click()
            await page.locator('.fault', { hasText: 'is missing' }).waitFor()
            assert.equal(await field('Name').evaluate((input) => input === document.activeElement), true)
            await field('Name').fill('lager')
            await field('Set-point, point 3').fill('900')
            await field('Set-point, point 3').press('Tab')
            await s.button('Save').click()
            await points().nth(2).locator('[aria-invalid=true]').first().waitFor()
            await field('Set-point, point 3').fill('12')
            await field('Set-point, point 3').press('Tab')
            await s.button('Save').click()
            await s.says('lager is saved.')
            const { body } = await ask('GET', '/profiles/lager')
            const expected = [
                { after: 0, value: 18 },
                { after: 172_800, value: 18.5 },
                { after: 518_400, value: 12 },
            ]
            assert.deepEqual(body, { name: 'lager', mode: 'linear', end: 'hold', points: expected })
        })

        it('are dragged by the pointer', async () => {
            const { page } = s
            const box = (await handle(3).locator('.dot').boundingBox())!
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
            await page.mouse.move(x, y)
            await page.mouse.down()
            await page.mouse.move(x - 30, y - 30)
            await page.mouse.move(x - 60, y - 60)
            await page.mouse.up()
            const after = await handle(3).getAttribute('aria-valuetext')
            const [, value, days] = /^([\d.]+) °C, (\d+) d/.exec(after!)!
            assert.ok(Number(value) > 12 && Number(days) < 6, after!)
            const curve = (await page.locator('svg.curve').boundingBox())!
            await page.mouse.dblclick(curve.x + curve.width * 0.2, curve.y + 40)
            await eventually(async () => (await points().count()) === 4)
            await s.button('Save').click()
            await eventually(async () => (await ask('GET', '/profiles/lager')).body.points.length === 4)
        })

        it('stay as they were left, and are not left unsaved unawares', async () => {
            await field('Name').fill('unsaved')
            await s.go('Logs')
            await s.go('Profiles')
            assert.equal(await field('Name').inputValue(), 'unsaved')
            await s.button('by steps').click()
            const question = s.dialog('Discard your changes?')
            await question.getByRole('button', { name: 'Cancel' }).click()
            assert.equal(await field('Name').inputValue(), 'unsaved')
            await s.button('Close').click()
            await question.getByRole('button', { name: 'Discard' }).click()
            await s.page.getByRole('button', { name: /^lager/ }).click()
            assert.equal(await field('Name').inputValue(), 'lager')
        })

        it('that somebody else changed meanwhile are not overwritten: both versions are shown', async () => {
            const { page } = s
            await field('Name').fill('mine')
            await put('/profiles/lager', { name: 'theirs', points: [{ after: 0, value: 7 }] })
            await s.says('Someone changed this meanwhile.')
            await s.button('Save').click()
            const dialog = s.dialog('Someone changed mine meanwhile')
            await dialog.locator('mark', { hasText: 'name: mine' }).waitFor()
            await dialog.locator('mark', { hasText: 'name: theirs' }).waitFor()
            assert.deepEqual(await barriers(page), [])
            await dialog.getByRole('button', { name: 'Go on editing' }).click()
            assert.equal((await ask('GET', '/profiles/lager')).body.name, 'theirs')
            await s.button('Save').click()
            await dialog.getByRole('button', { name: 'Save mine' }).click()
            await eventually(async () => (await ask('GET', '/profiles/lager')).body.name === 'mine')
            await put('/profiles/lager', { name: 'theirs', points: [{ after: 0, value: 7 }] })
            await s.says('Someone changed this meanwhile.')
            await page.getByRole('alert').getByRole('button', { name: 'Take theirs' }).click()
            assert.equal(await field('Name').inputValue(), 'theirs')
        })

        it('are played, paused, skipped, edited while they run with what that changes, and stopped', async () => {
            const { page } = s
            const ale = { name: 'ale', mode: 'step', points: [-1, 2, 30].map((hour, i) => ({ at: iso(hour), value: 20 + i })) }
            await put('/profiles/ale', ale)
            await page.getByRole('button', { name: /^ale/ }).click()
            await s.button('Start').click()
            await s.says('ale has started.')
            const played = page.locator('.played')
            await played.locator('.chip', { hasText: 'running' }).waitFor()
            await played.getByText(/↗ 21 °C/).waitFor()
            await played.getByRole('button', { name: 'Pause' }).click()
            await played.locator('.chip', { hasText: 'paused' }).waitFor()
            await played.getByRole('button', { name: 'Resume' }).click()
            await played.locator('.chip', { hasText: 'running' }).waitFor()
            await played.getByRole('button', { name: 'Edit what is running' }).click()
            await page.getByRole('heading', { name: 'ale, as it is running' }).waitFor()
            assert.equal(await handle(1).getAttribute('aria-disabled'), 'true')
            await field('Set-point, point 3').fill('4')
            await field('Set-point, point 3').press('Tab')
            await s.button('Apply to what is running …').click()
            const preview = s.dialog('What changes')
            await preview.locator('del', { hasText: '22 °C at' }).waitFor()
            await preview.locator('ins', { hasText: '4 °C at' }).waitFor()
            assert.deepEqual(await barriers(page), [])
            await preview.getByRole('button', { name: 'Apply' }).click()
            await s.says('Applied.')
            const { list, version } = (await ask('GET', '/fermentation')).body
            assert.deepEqual([list[2].value, version], [4, 2])
            await played.getByRole('button', { name: 'Stop …' }).click()
            await s.dialog('Stop the profile?').getByRole('button', { name: 'Stop' }).click()
            await played.locator('.chip', { hasText: 'ended' }).waitFor()
        })

        it('by steps ask somebody to confirm', async () => {
            await ask('POST', '/fermentation/start', { profile: hold(21) })
            await s.go('Live')
            await s.says('go on')
            await s.page.locator('.played').getByRole('button', { name: 'Confirm' }).click()
            await s.brewery.says('fermenter.profile', ({ status }) => status === 'ended')
            await s.says('hold has ended.')
        })
    })
