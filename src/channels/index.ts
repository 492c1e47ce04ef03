import { Channels, type ChannelsOptions } from './channels.ts'
import type { ChannelRepository } from './store.ts'

export { channelName, channelPattern, severityOf } from './channel.ts'
export type { Heard } from './channels.ts'
export { channelsProtocol, readCursor, readKey } from './protocol.ts'
export { channelStore } from './store.ts'

/** The part of a store that is needed. */
type StoreWithChannels = { once<T>(key: string, make: () => T): T; readonly channels: ChannelRepository }

/** The channels of a store, whoever asks for them. */
export const channelsOf = (store: StoreWithChannels, parts: Omit<ChannelsOptions, 'repository'>): Channels =>
    store.once('channels', () => new Channels({ ...parts, repository: store.channels }))
