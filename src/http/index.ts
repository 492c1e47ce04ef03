export { checkBody, checkDepth } from './body.ts'
export { type Asked, Foreign, isSameOrigin } from './foreign.ts'
