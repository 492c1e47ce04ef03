export { checkBody, checkDepth, LIMITS } from './body.ts'
export { type Asked, Foreign, type ForeignOptions, isSameOrigin } from './foreign.ts'
