import type { EditorRED } from 'node-red'
import { doneOrRefused, form } from '../../src/editor/index.ts'
import { EnergyPriceConfig } from './schema.ts'

declare const RED: EditorRED

RED.nodes.registerType('socketworks-energy-price', {
    category: 'socketworks',
    color: '#93AEC4',
    icon: 'socketworks-energy-price.svg',
    inputs: 1,
    ...doneOrRefused,
    ...form('energy-price', EnergyPriceConfig, { price: { icon: 'money' } }),
})
