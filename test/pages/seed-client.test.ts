import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { type BrowserSocket, SocketPage } from '../support/browser-socket.ts'
import { openChromium } from '../support/chromium.ts'
import { FleetObserver, readTold, update } from '../support/fleet-observer.ts'

const WELCOME = 'Welcome to SMART-Server - SolMate Real-Time ObServer!'
/** What Unicode has that programs stumble over; also in names, for there are no fixed ones. */
const odd = {
    'Überlänge ✓': 'ẞß ıİ e\u0301é',
    '🔌👩‍👩‍👧‍👦': '𝒳\u{10FFFF}',
    ' "\'\\{}:,': '"\'\\{}:,%00',
    'שלום\u202E': '\u202Eمرحبا\u200F',
    constructor: '\uFEFF\u2028\u2029\u0085',
    toString: '\0\x01\x1F\x7F',
    名前: '\uFFFF\uFFFD',
    half: '\uD800',
}

/** Chromium as a client of the seed's protocols that is not of our making, against fleet-observer.json. */
describe('the WebSocket of a browser', () => {
    let browser: Browser
    let o: FleetObserver
    let page: SocketPage

    before(async () => {
        ;[browser, o] = await Promise.all([openChromium(), FleetObserver.start()])
    })
    after(() => Promise.all([browser?.close(), o?.stop()]))

    /** A page that comes from the server itself, as pages have to unless something else is set. */
    const openPage = async () => {
        page = await SocketPage.open(browser, `${o.red.url}/devices`)
    }
    const isInit = ({ type }: { type: string }) => type === 'INIT'
    const serials = ({ message }: { message: { serial_number: string }[] }) => message.map((row) => row.serial_number)
    const answered = (header: string, answer: string) => (frame: { message: unknown }) => frame.message === `${header}:${answer}`
    const report = async (device: BrowserSocket, id: string, serial: string, set: object) => {
        await device.send(update(id, serial, set))
        await device.until(answered(`${id}:${serial}`, 'OK'))
    }

    for (const compression of [false, true])
        describe(compression ? 'that compresses' : 'that does not compress', () => {
            before(async () => {
                const nodes = { 'socketworks.devices': { compression }, 'socketworks.viewers': { compression } }
                await o.renew({ nodes })
                await openPage()
            })
            afterEach(() => page.leave())
            after(() => page.close())

            it('agrees on that, and is greeted on both paths', async () => {
                for (const [path, who] of [
                    ['/update/', "SolServerConsumer: groups ['updates']"],
                    ['/client/', "ClientConsumer: groups ['broadcast']"],
                ] as const) {
                    const socket = await page.socket(path)
                    const { extensions, protocol } = await socket.hears('open')
                    assert.equal(/permessage-deflate/.test(extensions), compression, extensions)
                    assert.equal(protocol, '')
                    await socket.hears('message')
                    assert.equal(socket.frames[0], JSON.stringify({ type: 'INFO', message: `${WELCOME} - ${who}` }))
                }
            })

            it('reports as a device does, in text or binary, and is answered OK or ERROR in text', async () => {
                const device = await page.socket('/update/')
                await device.hears('open')
                for (const [n, as] of (['text', 'Blob', 'ArrayBuffer', 'Uint8Array'] as const).entries()) {
                    await device.send(`{'type': 'UPDT', 'message': '000${n}:0001:{"n": ${n}, "as": "${as} ✓"}'}`, as)
                    await device.until(answered(`000${n}:0001`, 'OK'))
                    await device.send(`100${n}:0001:{broken`, as)
                    await device.until(answered(`100${n}:0001`, 'ERROR'))
                }
                await device.send("0116:0001:{'parameter_name':'power','_parameter_name':3.5}")
                await device.until(answered('0116:0001', 'OK'))
                const viewer = await page.socket('/client/')
                const { message } = await viewer.until(isInit)
                const row = message.find(({ serial_number }: { serial_number: string }) => serial_number === '0001')
                assert.deepEqual([row.n, row.as, row.power], [3, 'Uint8Array ✓', 3.5])
            })

            it('is shown the table, asks for a part of it, and is told what changes', async () => {
                const device = await page.socket('/update/')
                await device.hears('open')
                for (const [n, serial] of ['1001', '1002', '1003'].entries()) await report(device, `000${n}`, serial, { level: 3 - n })
                const viewer = await page.socket('/client/')
                await viewer.until(isInit)
                const shown = async (asked: unknown, as?: 'Blob' | 'ArrayBuffer') => {
                    const from = viewer.frames.length
                    await viewer.send(asked, as)
                    return viewer.until(() => true, from)
                }
                const two = { type: 'FILT', message: ['filter:serial_number:=:100', 'filter:level:>:1', 'sort:level:<:123'] }
                assert.deepEqual(serials(await shown(two)), ['1002', '1001'])
                assert.deepEqual(serials(await shown({ type: 'FILT', message: ['filter:serial_number:=:1003'] }, 'Blob')), ['1003'])
                assert.deepEqual(serials(await shown(two, 'ArrayBuffer')), ['1002', '1001'])
                const wrong = await shown({ type: 'FILT', message: ['filter:level'] })
                assert.equal(wrong.type, 'INFO')
                assert.match(wrong.message, /^ERROR: "filter:level" is neither/)
                for (const text of ['', '{', 'null', '[]', '{"type":"UPDT","message":""}', '{"type":"FILT","message":7}'])
                    assert.match((await shown(text)).message, /^ERROR: /, text)
                // The view stands, whatever was wrong.
                const from = viewer.frames.length
                await report(device, '0010', '1001', { level: 2.5 })
                const { level } = readTold(await viewer.until(() => true, from))!.set
                assert.equal(level, 2.5)
                await report(device, '0011', '1002', { level: 9 })
                assert.deepEqual(serials(await viewer.until(isInit, from)), ['1001', '1002'])
            })

            it('reads and writes whatever Unicode has', async () => {
                const device = await page.socket('/update/')
                await device.hears('open')
                const viewer = await page.socket('/client/')
                await viewer.until(isInit)
                await report(device, '0001', 'ü-🔌-名', odd)
                await viewer.send({ type: 'FILT', message: [] })
                const isThere = ({ message }: { message: unknown }) => JSON.stringify(message).includes('ü-🔌-名')
                const shown = await viewer.until((frame) => isInit(frame) && isThere(frame), 2)
                const row = shown.message.find(({ serial_number }: { serial_number: string }) => serial_number === 'ü-🔌-名')
                for (const [name, value] of Object.entries(odd)) assert.equal(row[name], value, name)
                const changed = Object.fromEntries(Object.entries(odd).map(([name, value]) => [name, `${value}${value}`]))
                const from = viewer.frames.length
                await device.send(update('0002', 'ü-🔌-名', changed), 'Blob')
                const { last_status_update: _, ...set } = readTold(await viewer.until(({ type }) => type === 'UPDT', from))!.set
                assert.deepEqual(set, changed)
                // What is no text as such, a page cannot even send.
                await device.send('0003:\uD800:{}')
                await device.until(answered('0003:\uFFFD', 'OK'))
                await viewer.send({ type: 'FILT', message: ['filter:名前:=:\uFFFF', 'sort:🔌👩‍👩‍👧‍👦:>:abc'] })
                // The device that was just taken in brings a table of its own, before or after.
                const filtered = await viewer.until((frame) => isInit(frame) && !serials(frame).includes('0001'), from)
                assert.deepEqual(serials(filtered), ['ü-🔌-名'])
            })

            it('is shown what is large, and sends it as far as it may', async () => {
                const device = await page.socket('/update/')
                await device.hears('open')
                // Each frame below the limit; together a table above what 16 bits can count.
                for (let n = 0; n < 8; n++)
                    await report(
                        device,
                        `000${n}`,
                        `20${n}0`,
                        Object.fromEntries('abcd'.split('').map((name) => [name, name.repeat(15_000)])),
                    )
                const viewer = await page.socket('/client/')
                const { message } = await viewer.until(isInit)
                assert.equal(message.filter(({ d }: { d?: string }) => d?.length === 15_000).length, 8)
                assert.ok(viewer.frames[1]!.length > 400_000)
            })

            for (const [what, size, as] of [
                ['a byte more than there may be', 65_537, 'text'],
                ['ten megabytes', 10_000_000, 'text'],
                ['a large Blob', 200_000, 'Blob'],
            ] as const)
                it(`is sent away with 1009 for ${what}, alone`, async () => {
                    const other = await page.socket('/client/')
                    await other.until(isInit)
                    for (const path of ['/update/', '/client/']) {
                        const socket = await page.socket(path)
                        await socket.hears('open')
                        await socket.run((ws, { size, as }) => ws.send(as === 'Blob' ? new Blob(['x'.repeat(size)]) : 'x'.repeat(size)), {
                            size,
                            as,
                        })
                        assert.equal((await socket.hears('close')).code, 1009)
                    }
                    const from = other.frames.length
                    await other.send({ type: 'FILT', message: [] })
                    await other.until(isInit, from)
                })

            it('is sent away for what is not UTF-8 with 1007, and for far too much with 1008', async () => {
                for (const path of ['/update/', '/client/']) {
                    const broken = await page.socket(path)
                    await broken.hears('open')
                    await broken.run((ws) => ws.send(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])), null)
                    assert.deepEqual(await broken.hears('close'), { kind: 'close', code: 1007, reason: 'not UTF-8', clean: true })
                    const flood = await page.socket(path)
                    await flood.hears('open')
                    await flood.run((ws) => {
                        for (let n = 0; n < 2000; n++) ws.send('{}')
                    }, null)
                    const { code, reason } = await flood.hears('close')
                    assert.deepEqual([code, reason], [1008, 'too many frames'])
                }
            })

            it('goes as it likes, and is answered with the same code', async () => {
                for (const path of ['/update/', '/client/'])
                    for (const [code, reason] of [
                        [1000, ''],
                        [3000, 'Tschüß'],
                        [4999, 'x'.repeat(123)],
                    ] as const) {
                        const socket = await page.socket(path)
                        await socket.hears('message')
                        await socket.run((ws, [code, reason]) => ws.close(code, reason), [code, reason] as [number, string])
                        assert.deepEqual(await socket.hears('close'), { kind: 'close', code, reason, clean: true })
                    }
            })
        })
})
