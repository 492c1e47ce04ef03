import assert from 'node:assert/strict'
import { eachOnAPage, type Observer, pad } from '../support/observer.ts'

/** A device's trend on the observer page, in a real Chromium; what is drawn is read from the picture itself. */

describe('the trend of the observer page', () => {
    let o: Observer
    eachOnAPage((given) => {
        o = given
    })

    /** Opens the trend of a device, whose server knows these values, so many seconds old. */
    async function open(id: string, property: string, known: [age: number, value: number][]): Promise<void> {
        await o.cell(id, property).click()
        await answer(known)
    }

    async function answer(known: [age: number, value: number][]): Promise<number> {
        const { id, property, seconds } = await o.server.next('history')
        const now = Date.now()
        o.server.say({ kind: 'history', id, property, points: known.map(([age, value]) => ({ at: now - age * 1000, value })) })
        return seconds
    }

    /** At each of these shares of the plot's width, at which share of its height the line is; nothing where there is none. */
    const line = (shares: number[]) =>
        o.page.locator('device-panel .trend').evaluate((trend, at) => {
            const canvas = trend.querySelector('canvas')!
            const over = trend.querySelector('.u-over')!.getBoundingClientRect()
            const whole = canvas.getBoundingClientRect()
            const scale = canvas.width / whole.width
            const [left, top] = [(over.left - whole.left) * scale, (over.top - whole.top) * scale]
            const [width, height] = [Math.round(over.width * scale), Math.round(over.height * scale)]
            const { data } = canvas.getContext('2d')!.getImageData(left, top, width, height)
            const [red, green, blue] = getComputedStyle(trend).accentColor.match(/\d+/g)!.map(Number)
            const isLine = (x: number, y: number) => {
                const i = 4 * (y * width + x)
                return data[i + 3] === 255 && [red, green, blue].every((part, n) => Math.abs(part! - data[i + n]!) < 24)
            }
            return at.map((share) => {
                const x = Math.round(share * (width - 1))
                for (let y = 0; y < height; y++) if (isLine(x, y)) return Math.round((10 * y) / height) / 10
                return undefined
            })
        }, shares)

    /** Resolves once the line is there, and not there, as wanted. */
    async function drawn(shares: number[], wanted: (number | undefined)[]): Promise<void> {
        const end = Date.now() + 10_000
        for (;;) {
            const found = await line(shares)
            if (JSON.stringify(found) === JSON.stringify(wanted)) return
            assert.ok(Date.now() < end, `${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
            await o.page.evaluate(() => new Promise(requestAnimationFrame))
        }
    }

    it('holds what was said last, however long ago that was', async () => {
        await o.open()
        await open('0003', 'battery', [[3000, 103]])
        await drawn([0.02, 0.5, 0.98], [0.5, 0.5, 0.5])
        await o.page.getByRole('img', { name: 'battery of the last 30 s, now 103' }).waitFor()
        assert.deepEqual(o.faults, [])
    })

    it('goes on live where the server knows nothing of before', async () => {
        await o.open()
        await o.cell('0003', 'battery').click()
        await o.server.next('history')
        await drawn([0.3, 0.6], [undefined, undefined])
        // It grows by itself, as nothing else is said.
        await drawn([0.3, 0.97], [undefined, 0.5])
        o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: 3 }, isNew: false })
        await o.page.locator('.trend[data-points="2"]').waitFor()
        await o.page.getByRole('img', { name: 'now 3' }).waitFor()
    })

    it('goes in steps: nothing is shown between two values that nobody sent', async () => {
        await o.open()
        await open('0003', 'battery', [
            [25, 0],
            [15, 100],
            [5, 103],
        ])
        await drawn([0.05, 0.3, 0.4, 0.55, 0.65, 0.9], [undefined, 0.9, 0.9, 0.1, 0.1, 0.1])
    })

    it('ends where a number is none any more, and where nobody listens', async () => {
        await o.open()
        await open('0003', 'battery', [[60, 103]])
        await drawn([0.5, 0.99], [0.5, 0.5])
        o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: 'off' }, isNew: false })
        await drawn([0.5, 0.99], [0.5, undefined])
        o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: 103 }, isNew: false })
        await o.page.getByRole('img', { name: 'now 103' }).waitFor()
        await drawn([0.5], [0.5])

        o.server.token = 'none has this'
        o.server.cut()
        await o.page.getByText('Not connected').waitFor()
        await drawn([0.5, 0.97], [0.5, undefined])
    })

    it('is filled where the page has missed something', async () => {
        await o.open()
        await open('0003', 'battery', [[60, 103]])
        await drawn([0.98], [0.5])
        o.server.epoch = 'another'
        o.server.rows[3]!.columns.battery = 203
        o.server.cut()
        await o.page.getByText('Not connected').waitFor()
        await answer([
            [60, 103],
            [20, 303],
            [10, 203],
        ])
        await o.page.getByRole('img', { name: 'now 203' }).waitFor()
        await drawn([0.1, 0.5, 0.9], [0.9, 0.1, 0.5])
    })

    it('is asked for once, however often the whole table is drawn anew, and once more for what may have been missed', async () => {
        await o.open()
        await open('0003', 'battery', [[10, 7]])
        const asked = () => o.server.asked.filter(({ type }) => type === 'history').length
        for (let round = 1000; round < 1004; round++) {
            for (let n = 250; n > 0; n--) o.server.tell({ kind: 'move', id: pad(n), index: 0 })
            o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: round }, isNew: false })
            await o.shows('0003', String(round))
        }
        assert.equal(asked(), 0)
        for (let round = 2000; round < 2004; round++) {
            o.server.rows[3]!.columns.battery = round
            o.server.say(o.server.snapshot())
            await o.shows('0003', String(round))
        }
        assert.equal(asked(), 1)
        await answer([[10, 7]])
        await answer([[10, 7]])
        o.server.tell({ kind: 'upsert', id: '0003', patch: { battery: 3000 }, isNew: false })
        await o.shows('0003', '3000')
        assert.equal(asked(), 0)
    })

    it('goes back as far as is chosen, also the next time', async () => {
        await o.open()
        await open('0003', 'battery', [[60, 103]])
        await o.page.getByRole('button', { name: '1 h' }).click()
        const seconds = await answer([
            [5000, 3],
            [1800, 103],
        ])
        assert.ok(seconds >= 3600, `${seconds}`)
        await drawn([0.1, 0.45, 0.55, 0.95], [0.9, 0.9, 0.1, 0.1])
        await o.page.getByRole('img', { name: 'battery of the last 1 h, now 103' }).waitFor()
        await o.page.reload()
        await o.page.getByText('300 of 300 devices').waitFor()
        await o.cell('0004', 'battery').click()
        await o.page.getByRole('button', { name: '1 h', pressed: true }).waitFor()
    })

    it('of a device that is opened as a whole is one of a number it has; without any, that is told', async () => {
        delete o.server.rows[2]!.columns.power_income
        delete o.server.rows[2]!.columns.battery
        await o.open()
        await o.cell('0003', 'Serial number').click()
        await o.page.getByRole('img', { name: 'power_income of the last 30 s, now 3' }).waitFor()
        await o.page.keyboard.press('Escape')
        assert.deepEqual(await o.focused(), ['0003', '0003'])
        await o.cell('0002', 'country').click()
        await o.page.getByText('country has no numbers to plot.').waitFor()
        assert.equal(await o.page.locator('.trend').isVisible(), false)
        assert.deepEqual(o.faults, [])
    })
})
