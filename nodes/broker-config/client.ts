import type { Node } from 'node-red'
import type { Broker } from '../../src/mqtt/index.ts'

/** A broker-config node, and what it offers. */
export type BrokerNode = Node & { readonly broker: Broker }
