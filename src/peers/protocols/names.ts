/** What endpoints can speak: {@link protocols} has them, and dialogs offer them. */
export const protocolNames = ['json', 'oisp', 'robot', 'smart-os-device', 'smart-os-viewer'] as const
