import type { NodeAPI } from 'node-red'
import { pages } from '../pages.ts'
import { servePage } from './pages.ts'

/** Node-RED loads this once, before any node of the pack: its pages are there whatever is deployed. */
export default (RED: NodeAPI): void => {
    for (const page of pages) servePage(RED, page)
}
