import type { BreweryPage } from './brewery-page.ts'

/** What the brewery page does where a channel cannot be had: tests of a page that is open. */
export const describeConnection = (given: () => BreweryPage): void => {
    it('asks again for a channel that could not be had just now', async () => {
        const s = given()
        await s.visit('about:blank')
        const { page } = s
        await page.clock.install()
        let isRefused = false
        await page.routeWebSocket(/\/push$/, (socket) => {
            const server = socket.connectToServer()
            socket.onMessage((text) => {
                const { action, channel } = JSON.parse(String(text))
                if (action !== 'subscribe' || channel !== 'logs' || isRefused) return server.send(text)
                isRefused = true
                socket.send(JSON.stringify({ action: 'refused', channel, code: 'STORE_UNAVAILABLE', message: 'the store is away' }))
            })
        })
        await page.goto(`${s.brewery.red.url}/socketworks/brewery/#logs`)
        await s.says(/the store is away/)
        await s.brewery.ask('POST', '/channels/logs', { text: 'there again' })
        await page.clock.fastForward(6000)
        await page.locator('.logs li', { hasText: 'there again' }).waitFor()
    })
}
