/** What endpoints can speak: {@link protocols} has them, and dialogs offer them. */
export const protocolNames = ['json', 'channels', 'oisp', 'robot', 'smart-os-device', 'smart-os-viewer'] as const
