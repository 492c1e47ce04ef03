import assert from 'node:assert/strict'
import type { EditorRED } from 'node-red'
import type { Browser, Locator, Page } from 'playwright-core'
import { openPage } from './chromium.ts'
import { fill, removeAdded } from './editor-page.ts'

declare const RED: EditorRED

/** Node-RED's editor, used as people use it: with the mouse and the keyboard. */
export class Editor {
    readonly page: Page
    readonly #faults: string[]

    static async open(browser: Browser, url: string, locale?: string): Promise<Editor> {
        const { page, faults } = await openPage(browser, url, locale)
        const editor = new Editor(page, faults)
        await editor.#loaded()
        return editor
    }

    constructor(page: Page, faults: string[]) {
        this.page = page
        this.#faults = faults
    }

    /** Has these flows instead of those that it has, as when it loads what is deployed. */
    async show(flows: object[]): Promise<void> {
        await this.page.evaluate((nodes) => {
            RED.nodes.clear()
            RED.nodes.import(nodes as never)
            RED.view.redraw(true)
        }, flows)
    }

    /** Nothing moves in it: what slides or fades is there, or gone, at once. */
    async #loaded(): Promise<void> {
        await this.page.locator('[data-palette-type="socketworks-wait"]').waitFor()
        await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' })
        await this.page.addStyleTag({ content: '* { transition: none !important; animation: none !important }' })
        await this.page.evaluate(() => {
            $.fx.off = true
            const known = new Set<unknown>()
            const keep = (node: object) => known.add(Reflect.get(node, 'id')).size > 0
            RED.nodes.eachNode(keep)
            RED.nodes.eachConfig(keep)
            Reflect.set(window, 'known', known)
        })
    }

    /** Leaves all dialogs without a change, and removes the nodes that were not there when it was opened. */
    async tidy(): Promise<void> {
        const cancel = this.page.locator('#node-config-dialog-cancel:visible, #node-dialog-cancel:visible')
        while (await this.page.evaluate(removeAdded)) await this.#leave(() => cancel.last().click())
    }

    async close(): Promise<void> {
        await this.page.context().close()
    }

    /** The nodes that carry the red triangle, with the reasons. */
    invalid(): Promise<string[]> {
        return this.page.evaluate(() => {
            type Checked = { type: string; name?: string; valid?: boolean; validationErrors?: string[] }
            const wrong: string[] = []
            const check = (node: object) => {
                const { type, name, valid, validationErrors } = node as Checked
                if (valid === false) wrong.push(`${type} ${name}: ${validationErrors}`)
                return true
            }
            RED.nodes.eachNode(check)
            RED.nodes.eachConfig(check)
            return wrong
        })
    }

    /** The fields of the topmost dialog that nobody is told the name of. */
    nameless(): Promise<string[]> {
        return this.page.evaluate(() => {
            const fields = document.querySelectorAll<HTMLInputElement>('.red-ui-tray:last-of-type .socketworks-dialog :is(input, select)')
            const isNamed = ({ labels, ariaLabel }: HTMLInputElement) =>
                Boolean(ariaLabel) || [...(labels ?? [])].some((label) => label.textContent?.trim())
            return [...fields].filter((field) => field.type !== 'hidden' && !isNamed(field)).map(({ id, className }) => id || className)
        })
    }

    assertFaultless(): void {
        assert.deepEqual(this.#faults, [])
    }

    /** Drags a node out of the palette. @returns its id */
    async drag(type: string, x: number, y: number): Promise<string> {
        const { mouse } = this.page
        const { from, sheet } = await this.page.locator(`[data-palette-type="${type}"]`).evaluate((entry) => {
            entry.scrollIntoView({ block: 'nearest' })
            const box = entry.getBoundingClientRect()
            const { x, y } = document.querySelector('#red-ui-workspace-chart')!.getBoundingClientRect()
            return { from: { x: box.x + box.width / 2, y: box.y + box.height / 2 }, sheet: { x, y } }
        })
        await mouse.move(from.x, from.y)
        await mouse.down()
        await mouse.move(from.x + 20, from.y + 20, { steps: 2 })
        await mouse.move(sheet.x + x, sheet.y + y, { steps: 2 })
        await mouse.up()
        const id = await this.page.evaluate((wanted) => {
            const here = RED.nodes.filterNodes({ type: wanted, z: String(RED.workspaces.active()) } as never)
            return (here as { id: string }[]).at(-1)?.id
        }, type)
        assert.ok(id, `${type} is on the sheet`)
        return id
    }

    /** Opens a new tab, and resolves once it is the one that is shown. */
    async addTab(): Promise<void> {
        const shown = () => this.page.evaluate(() => String(RED.workspaces.active()))
        const before = await shown()
        await this.page.locator('.red-ui-tab-button.red-ui-tabs-add a').last().click()
        await this.page.waitForFunction((old) => String(RED.workspaces.active()) !== old, before)
    }

    /** Draws a wire from the first output of a node to the input of another. */
    async wire(from: string, to: string): Promise<void> {
        const { mouse } = this.page
        const output = await centre(this.page.locator(`[id="${from}"] .red-ui-flow-port-output .red-ui-flow-port`).first())
        const input = await centre(this.page.locator(`[id="${to}"] .red-ui-flow-port-input .red-ui-flow-port`))
        await mouse.move(output.x, output.y)
        await mouse.down()
        await mouse.move(input.x, input.y, { steps: 8 })
        await mouse.up()
        const isWired = ([source, target]: [string, string]) =>
            RED.nodes.filterLinks({ source: { id: source }, target: { id: target } } as never).length > 0
        assert.ok(await this.page.evaluate(isWired, [from, to] as [string, string]), `${from} is wired to ${to}`)
    }

    /** Presses the button of an inject node. */
    async press(id: string): Promise<void> {
        await this.page.locator(`[id="${id}"] .red-ui-flow-node-button-button`).click()
    }

    /** Opens the dialog of a node on the sheet. */
    async edit(id: string): Promise<void> {
        const { x, y } = await centre(this.page.locator(`[id="${id}"] .red-ui-flow-node`).first())
        // Two clicks are one double click to the editor only if neither too soon after each other nor, on a busy machine, too late.
        for (let tries = 1; tries < 5; tries++) {
            await this.page.mouse.dblclick(x, y, { delay: 20 })
            try {
                return await this.#opened(4000)
            } catch {}
        }
        await this.#opened()
    }

    /** Opens the dialog behind the pencil, or behind the plus, beside a choice of configuration nodes. */
    async config(setting: string, button: 'edit' | 'add', prefix = 'node-input'): Promise<void> {
        await this.#mark('under')
        await this.page.locator(`#${prefix}-btn-${setting}-${button}`).click()
        await this.#opened()
    }

    async done(button: 'node-dialog-ok' | 'node-config-dialog-ok' = 'node-dialog-ok'): Promise<void> {
        await this.#leave(() => this.page.locator(`#${button}`).click())
    }

    async #leave(click: () => Promise<void>): Promise<void> {
        await this.#mark('left')
        await click()
        await this.#settled('none is left')
    }

    field(setting: string, prefix = 'node-input'): Locator {
        return this.page.locator(`#${prefix}-${setting}`)
    }

    async set(setting: string, value: string | boolean, prefix = 'node-input'): Promise<void> {
        await this.field(setting, prefix).evaluate(fill, value)
    }

    async paste(setting: string, text: string, prefix = 'node-input'): Promise<void> {
        await this.field(setting, prefix).evaluate((element, pasted) => {
            const clipboardData = new DataTransfer()
            clipboardData.setData('text', pasted)
            element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
        }, text)
    }

    get(setting: string, prefix = 'node-input'): Promise<string | boolean> {
        return this.field(setting, prefix).evaluate((field) => {
            const { type, checked, value } = field as HTMLInputElement
            return type === 'checkbox' ? checked : value
        })
    }

    /** Chooses where the value of a typed setting comes from, and types it in. */
    async setTyped(setting: string, type: string, value: string): Promise<void> {
        const widget = this.field(setting).locator('xpath=following-sibling::*[contains(@class,"red-ui-typedInput-container")][1]')
        await widget.locator('.red-ui-typedInput-type-select').click()
        await this.#choose(type)
        const own = widget.locator('.red-ui-typedInput-option-trigger')
        if (await own.isVisible()) {
            await own.click()
            await this.#choose(value)
        } else await widget.locator('.red-ui-typedInput-input').evaluate(fill, value)
    }

    /** Chooses from the menu of a typed setting, which slides open: chosen from before it stands, it would stay open. */
    async #choose(value: string): Promise<void> {
        await this.page.waitForFunction(() => {
            const menus = [...document.querySelectorAll<HTMLElement>('.red-ui-typedInput-options')]
            return menus.some((menu) => menu.checkVisibility() && menu.style.overflow !== 'hidden')
        })
        const menu = this.page.locator('.red-ui-typedInput-options:visible')
        await menu.locator(`[value="${value}"]`).click()
        await menu.waitFor({ state: 'hidden' })
    }

    /** What the editor says about a setting that is wrong, once the mouse is on it. */
    async reason(setting: string, prefix = 'node-input'): Promise<string> {
        const field = this.field(setting, prefix)
        await this.page.locator(`#${prefix}-${setting}.input-error`).waitFor({ state: 'attached' })
        const tip = this.page.locator('.red-ui-popover')
        await this.page.mouse.move(0, 0)
        // The one that was shown before goes first.
        await tip.first().waitFor({ state: 'hidden' })
        await ((await field.isVisible()) ? field : field.locator('xpath=following-sibling::*[1]')).hover()
        await tip.first().waitFor()
        return ((await tip.first().textContent()) ?? '').trim()
    }

    /** Deploys, and resolves once nothing is left to deploy. */
    async deploy(): Promise<void> {
        const answered = this.page.waitForResponse(
            (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
        )
        await this.page.locator('#red-ui-header-button-deploy').click()
        const confirm = this.page.locator('.red-ui-notification button.primary')
        await Promise.race([answered, confirm.waitFor().then(() => confirm.click())])
        assert.ok((await answered).ok())
        await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor()
    }

    /** Resolves once the dialog that was asked for can be filled in. */
    #opened(timeout?: number): Promise<void> {
        return this.#settled('another is open', timeout)
    }

    /** Only the topmost dialog is in the page; those under it come back. */
    async #mark(name: 'under' | 'left'): Promise<void> {
        await this.page.evaluate((mark) => {
            for (const tray of document.querySelectorAll('.red-ui-tray')) tray.setAttribute('data-tests', mark)
        }, name)
    }

    /** Dialogs slide in and out; until they stand, a click would miss. */
    async #settled(wanted: 'another is open' | 'none is left', timeout = 30_000): Promise<void> {
        const isSettled = (isOpening: boolean) => {
            const trays = [...document.querySelectorAll<HTMLElement>('.red-ui-tray')]
            const isThere = isOpening
                ? trays.some((tray) => tray.dataset.tests === undefined && tray.querySelector('.socketworks-dialog')?.checkVisibility())
                : trays.every((tray) => tray.dataset.tests !== 'left')
            const areAtRest = document.getAnimations().every((animation) => animation.playState !== 'running')
            return isThere && areAtRest && trays.every((tray) => tray.style.right === '0px')
        }
        await this.page.waitForFunction(isSettled, wanted === 'another is open', { timeout })
    }
}

async function centre(element: Locator): Promise<{ x: number; y: number }> {
    const box = (await element.boundingBox())!
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}
